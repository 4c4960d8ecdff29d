import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../store/ports/ledger.ts';
import { toProtobuf } from './encode.ts';
import {
  decisionOf,
  jsonOf,
  memoryLedger,
  post,
  postJson,
  type RawAnswer,
  type Running,
  rawExchange,
  startCollector,
  until,
} from './support.ts';

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json' };
const LIMIT_BYTES = 100_000;

let running: Running;
const recorded: LedgerEntry[] = [];
beforeAll(async () => {
  running = await startCollector({
    limits: { bodyBytes: LIMIT_BYTES, bodyTimeoutMs: 300, headersTimeoutMs: 300 },
    ledger: {
      ...memoryLedger(),
      record: async (_batch, entries) => {
        recorded.push(...entries);
      },
    },
  });
});

const traces = (body: Buffer | string, headers: Record<string, string>): Promise<RawAnswer> =>
  post(`${running.url}/v1/traces`, body, headers);
const decisions = (body: Buffer | string, headers: Record<string, string> = JSON_TYPE): Promise<RawAnswer> =>
  post(`${running.url}/v1/decisions`, body, headers);

const goodSpan = {
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: 'eee19b7ec3c1b174',
  parentSpanId: '',
  name: 'one',
  kind: 0,
  start: 1_772_359_200_000_000_000n,
  end: 1_772_359_201_000_000_000n,
  attributes: [],
  events: [],
  links: [],
  status: { code: 0, message: '' },
};
const requestOf = (...spans: (typeof goodSpan)[]): Buffer =>
  toProtobuf({ resource: [], scope: { name: '', version: '' }, spans });

/** google.rpc.Status in protobuf is `08 <code> 12 <length> <message>`: field 1 varint, field 2 string. */
function protobufStatus(answer: RawAnswer): { code: number; message: string } {
  const { body } = answer;
  expect([body[0], body[2]]).toEqual([0x08, 0x12]);
  const isLong = (body[3] ?? 0) >= 0x80;
  return { code: body[1] ?? 0, message: body.toString('utf8', isLong ? 5 : 4) };
}

describe('OTLP answers', () => {
  it('an empty request in its own encoding, without partial_success', async () => {
    const protobuf = await traces('', PROTOBUF);
    expect([protobuf.status, protobuf.headers['content-type'], protobuf.body.length]).toEqual([
      200,
      'application/x-protobuf',
      0,
    ]);
    const json = await traces('{}', { 'content-type': 'Application/JSON; charset=utf-8' });
    expect([json.status, json.headers['content-type'], jsonOf(json)]).toEqual([200, 'application/json', {}]);
  });

  /** google.rpc.BadRequest as JSON has it. */
  const badRequest = (description: unknown): unknown => [
    {
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [{ field: 'body', description, reason: 'MALFORMED_BODY' }],
    },
  ];

  it('malformed bodies with 400 and a Status in the same encoding', async () => {
    const protobuf = await traces(Buffer.from([0x0a, 0xff, 0x01, 0x00]), PROTOBUF);
    expect([protobuf.status, protobuf.headers['content-type']]).toEqual([400, 'application/x-protobuf']);
    expect(protobufStatus(protobuf)).toEqual({
      code: 3,
      message: expect.stringContaining('field longer than its message'),
    });
    const json = await traces('{"resourceSpans":', JSON_TYPE);
    expect([json.status, json.headers['content-type']]).toEqual([400, 'application/json']);
    expect(jsonOf(json)).toEqual({
      code: 3,
      message: expect.stringContaining('not JSON'),
      details: badRequest(expect.stringContaining('not JSON')),
    });
    const shape = await traces('{"resourceSpans":{"scopeSpans":[]}}', JSON_TYPE);
    expect([shape.status, jsonOf(shape)]).toEqual([
      400,
      {
        code: 3,
        message: 'resourceSpans must be an array',
        details: badRequest('resourceSpans must be an array'),
      },
    ]);
  });

  it('a body that does not inflate with 400', async () => {
    const whole = gzipSync(requestOf(goodSpan));
    for (const body of [Buffer.from('not gzip'), whole.subarray(0, whole.length - 9)]) {
      const answer = await traces(body, { ...PROTOBUF, 'content-encoding': 'gzip' });
      expect(answer.status).toBe(400);
      expect(protobufStatus(answer).message).toContain('does not inflate');
    }
  });

  it('too many bytes with 413: declared, streamed without a length, or only after inflating', async () => {
    const big = Buffer.alloc(LIMIT_BYTES + 1);
    expect((await traces(big, PROTOBUF)).status).toBe(413);
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(LIMIT_BYTES);
    const inflated = await traces(bomb, { ...PROTOBUF, 'content-encoding': 'gzip' });
    expect([inflated.status, protobufStatus(inflated).code]).toEqual([413, 8]);
    const chunk = `${LIMIT_BYTES.toString(16)}\r\n${'x'.repeat(LIMIT_BYTES)}\r\n1\r\nx\r\n0\r\n\r\n`;
    const chunked = await rawExchange(
      running.port,
      `POST /v1/traces HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
    );
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('an unknown type or encoding with 415, another method with 405, another path with 404', async () => {
    const type = await traces('x', { 'content-type': 'text/plain' });
    expect([type.status, jsonOf(type)]).toEqual([
      415,
      {
        code: 3,
        message: 'content type text/plain is not application/x-protobuf or application/json',
      },
    ]);
    expect((await traces('x', {})).status).toBe(415);
    expect((await traces('x', { ...PROTOBUF, 'content-encoding': 'br' })).status).toBe(415);
    const get = await fetch(`${running.url}/v1/traces`);
    expect([get.status, get.headers.get('allow'), await get.json()]).toEqual([
      405,
      'POST',
      { code: 12, message: 'GET is not POST' },
    ]);
    expect((await post(`${running.url}/v1/profiles`, '', PROTOBUF)).status).toBe(404);
  });

  it('a body that stops coming with 408', async () => {
    const answer = await rawExchange(
      running.port,
      'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a"',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":4');
  });

  it('headers that stop coming with 408', async () => {
    const answer = await rawExchange(running.port, 'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('single spans', () => {
  it('with bad ids, times or text are refused one by one, and the rest is stored', async () => {
    const badText = requestOf({ ...goodSpan, name: 'ABCD' });
    badText[badText.indexOf('ABCD')] = 0xff;
    const body = Buffer.concat([
      requestOf(
        { ...goodSpan, traceId: '00'.repeat(16) },
        { ...goodSpan, traceId: '5b8efff7' },
        { ...goodSpan, spanId: '00'.repeat(8) },
        goodSpan,
        { ...goodSpan, start: 7_258_118_400_001_000_000n },
      ),
      badText,
    ]);
    const answer = await traces(body, PROTOBUF);
    expect(answer.status).toBe(200);
    // partial_success { rejected_spans: 5, error_message }, behind a length padded to four bytes.
    expect([...answer.body.subarray(0, 1), ...answer.body.subarray(5, 8)]).toEqual([0x0a, 0x08, 5, 0x12]);
    const sentence = answer.body.toString('utf8', 10);
    for (const part of [
      'spans[0]: invalid_trace_id (trace_id is all zero)',
      'spans[1]: invalid_trace_id (trace_id has 4 bytes; it must have 16)',
      'spans[2]: invalid_span_id (span_id is all zero)',
      'spans[4]: time_out_of_range',
      'spans[5]: invalid_utf8',
    ])
      expect(sentence).toContain(part);
    const accepted = running.events.filter((event) => event.kind === 'accepted').at(-1);
    expect(accepted).toMatchObject({ rows: { spans: 1, decisions: 0, outcomes: 0 }, rejected: 5 });
  });

  it('nested 10,000 deep are refused without a stack overflow', async () => {
    const deep = `${'{"arrayValue":{"values":['.repeat(3_000)}{"intValue":1}${']}}'.repeat(3_000)}`;
    const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${goodSpan.traceId}","spanId":"${goodSpan.spanId}",
      "attributes":[{"key":"a","value":${deep}}]}]}]}]}`;
    const answer = await traces(body, JSON_TYPE);
    expect(jsonOf(answer)).toMatchObject({
      partialSuccess: { rejectedSpans: '1', errorMessage: expect.stringContaining('too_deep') },
    });
    const brackets = await decisions('['.repeat(40_000));
    expect(brackets.status).toBe(400);
  });

  it('without kind, name, times or attributes are fine; ids are hex in any case; unknown fields are ignored', async () => {
    const answer = await traces(
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19b7EC3C1B174","startTimeUnixNano":1772359200000,"future":{"x":1},"parentSpanId":null}]}]}]}`,
      JSON_TYPE,
    );
    expect([answer.status, jsonOf(answer)]).toEqual([200, {}]);
  });

  it('whose decision breaks the schema are stored, and the decision is refused with a reason', async () => {
    const attribute = (key: string, value: object): object => ({ key, value });
    const answer = await postJson(`${running.url}/v1/traces`, {
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: [
                {
                  traceId: goodSpan.traceId,
                  spanId: goodSpan.spanId,
                  attributes: [
                    attribute('leeway.decision.value', { stringValue: 'go' }),
                    attribute('leeway.decision.confidence', { doubleValue: 1.5 }),
                  ],
                },
              ],
            },
          ],
        },
      ],
    });
    expect(jsonOf(answer)).toEqual({
      partialSuccess: {
        rejectedSpans: '0',
        errorMessage:
          '1 refused, the rest is stored. decision of spans[0]: invalid_decision (confidence must lie between 0 and 1)',
      },
    });
  });
});

describe('decisions and outcomes', () => {
  it('are taken one by one: an object, an array, lines', async () => {
    expect(jsonOf(await postJson(`${running.url}/v1/decisions`, decisionOf('a')))).toEqual({
      accepted: 1,
      rejected: [],
    });
    const mixed = await postJson(`${running.url}/v1/decisions`, [
      decisionOf('b'),
      decisionOf('c', { confidence: 2 }),
      decisionOf('d', { surprise: true }),
      'text',
      decisionOf('e', { time: 1_772_359_200_000 }),
    ]);
    expect([mixed.status, jsonOf(mixed)]).toEqual([
      200,
      {
        accepted: 2,
        rejected: [
          { index: 1, reason: 'invalid_decision', message: expect.stringContaining('confidence') },
          { index: 2, reason: 'invalid_decision', message: expect.stringContaining('surprise') },
          { index: 3, reason: 'invalid_decision', message: expect.any(String) },
        ],
      },
    ]);
    const lines = `${JSON.stringify({ decisionId: 'a', system: 'flights', time: 1_772_359_200_000, value: 'late' })}\n\n{oops\n`;
    const ndjson = await post(`${running.url}/v1/outcomes`, gzipSync(lines), {
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
    });
    expect(jsonOf(ndjson)).toEqual({
      accepted: 1,
      rejected: [{ index: 1, reason: 'malformed_record', message: expect.stringContaining('not JSON') }],
    });
  });

  it('that cannot be read at all are answered as RFC 9457 problems', async () => {
    const answer = await decisions('{"id":');
    expect([answer.status, answer.headers['content-type']]).toEqual([400, 'application/problem+json']);
    expect(jsonOf(answer)).toEqual({
      type: 'https://leeway.dev/problems/malformed_body',
      title: 'Bad request',
      status: 400,
      detail: expect.stringContaining('not JSON'),
      code: 'malformed_body',
      help: expect.any(String),
      requestId: expect.any(String),
    });
    const many = await decisions(`[${'0,'.repeat(10_000)}0]`);
    expect([many.status, jsonOf(many)]).toMatchObject([413, { code: 'too_many_records' }]);
  });
});

describe('what was refused', () => {
  it('is kept with what to fix, and counted in the ledger by reason', async () => {
    const one = await startCollector({
      ledger: {
        ...memoryLedger(),
        record: async (_batch, entries) => {
          mine.push(...entries);
        },
      },
    });
    const mine: LedgerEntry[] = [];
    for (let at = 0; at < 25; at++)
      await post(`${one.url}/v1/decisions`, '{', { 'content-type': 'application/json' });
    await post(`${one.url}/v1/traces`, 'x', { 'content-type': 'text/plain' });
    expect(one.collector.refusals()).toHaveLength(20);
    expect(one.collector.refusals()[0]).toMatchObject({
      signal: 'spans',
      reason: 'unsupported_media_type',
      message: expect.stringContaining('Send application/x-protobuf'),
    });
    const sum = (signal: string, reason: string): number =>
      mine
        .filter((entry) => entry.signal === signal)
        .reduce((total, entry) => total + (entry.rejected[reason] ?? 0), 0);
    await until(() => sum('spans', 'unsupported_media_type') === 1);
    expect(sum('decisions', 'malformed_body')).toBe(25);
    expect(mine.reduce((total, entry) => total + entry.received, 0)).toBe(26);
  });
});

describe('a record that breaks its schema', () => {
  it('is told what would be right, in a place that is named', async () => {
    const { url } = await startCollector();
    const wrong = decisionOf('w', { time: 'yesterday', features: { tags: ['a'] }, system: '' });
    const answer = await post(`${url}/v1/decisions`, JSON.stringify(wrong), {
      'content-type': 'application/json',
    });
    const { rejected } = jsonOf(answer) as { rejected: { message: string }[] };
    expect(rejected[0]?.message).toContain(
      'time: must be RFC 3339 with an offset, such as 2026-03-01T10:00:00Z',
    );
    expect(rejected[0]?.message).toContain('features.tags: must be a number, a text, true, false or null');
  });
});
