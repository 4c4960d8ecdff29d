import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bringUp } from '../../app/commands/up.ts';
import { configSchema } from '../../app/config/schema.ts';
import { redact } from '../../collector/masking/detect.ts';
import { API_VERSION, document } from '../../model/documents/document.ts';
import { freshDirectory } from '../support/stores.ts';
import { type KeyValue, type TestRequest, toJson, toProtobuf } from './encode.ts';
import { jsonOf, memoryLoads, post, postJson, startCollector, until } from './support.ts';

const KEY = 'a key of more than sixteen bytes';
const NAME = 'Zyxwvut Canary';
/** Each stands somewhere in what is sent, and must stand nowhere in what is kept. */
const CLEAR = {
  email: 'canary.person@example.org',
  phone: '+43 660 7654321',
  card: '4111 1111 1111 1111',
  iban: 'DE89 3704 0044 0532 0130 00',
  national: '536-90-4399',
  name: NAME,
  street: 'Secretstreet 99',
  postcode: 'QX7331ZZ',
};
const INCOME = 73_519.25;
const OPEN = 'open-canary-0815';
const FREE_TEXT = `call ${CLEAR.phone} or ${CLEAR.email}, pay ${CLEAR.card} 12/28 or ${CLEAR.iban}, id ${CLEAR.national}.`;

const contract = {
  apiVersion: API_VERSION,
  kind: 'Contract',
  metadata: { name: 'loans' },
  spec: {
    system: 'loans',
    services: ['loan-desk'],
    features: {
      name: { mask: { kind: 'hmac', keyEnv: 'TEST_MASK_KEY' } },
      street: { mask: { kind: 'drop' } },
      postcode: { mask: { kind: 'truncate', chars: 2 } },
      income: { mask: { kind: 'generalise', bands: [20_000, 50_000, 100_000] } },
    },
    attributes: { 'enduser.id': { mask: { kind: 'hmac', keyEnv: 'TEST_MASK_KEY' } } },
    detect: ['email', 'phone', 'card', 'iban', 'national_id'],
  },
};
const contracts = (secret: string | undefined = KEY, source: object = contract) => ({
  documents: {
    list: async () => [
      { document: document.parse(source), source, version: 1, createdAtMs: 0, createdBy: 'test' },
    ],
  } as never,
  secret: () => secret,
});

const decision = (id: string, more: object = {}) => ({
  id,
  system: 'loans',
  time: '2026-03-01T10:00:00Z',
  value: 'grant',
  features: { name: NAME, street: CLEAR.street, postcode: CLEAR.postcode, income: INCOME, remark: FREE_TEXT },
  segments: { name: NAME },
  ...more,
});

const text = (key: string, value: string): KeyValue => ({ key, value: { kind: 'string', value } });
const feature = (name: string, value: KeyValue['value']): KeyValue => ({
  key: `leeway.decision.feature.${name}`,
  value,
});
/** Clear values wherever a span has room for them. */
const trace = (service: string, attributes: readonly KeyValue[]): TestRequest => ({
  resource: [text('service.name', service), text('host.owner', CLEAR.email)],
  scope: { name: `made by ${CLEAR.email}`, version: '1' },
  spans: [
    {
      traceId: '5b8efff798038103d269b633813fc60c',
      spanId: 'eee19b7ec3c1b174',
      parentSpanId: '',
      name: `decide for ${CLEAR.email}`,
      kind: 1,
      start: 1_772_359_200_000_000_000n,
      end: 1_772_359_200_010_000_000n,
      attributes: [
        text('enduser.id', NAME),
        text('prompt', FREE_TEXT),
        { key: 'card.number', value: { kind: 'int', value: 4_111_111_111_111_111n } },
        {
          key: 'messages',
          value: {
            kind: 'array',
            value: [{ kind: 'list', value: [text('content', FREE_TEXT), text('name', NAME)] }],
          },
        },
        ...attributes,
      ],
      events: [{ time: 1n, name: FREE_TEXT, attributes: [text('exception.message', FREE_TEXT)] }],
      links: [
        {
          traceId: '5b8efff798038103d269b633813fc60c',
          spanId: 'eee19b7ec3c1b175',
          attributes: [text('who', CLEAR.email)],
        },
      ],
      status: { code: 2, message: FREE_TEXT },
    },
  ],
});
const decided = [
  text('leeway.decision.value', 'grant'),
  text('leeway.decision.system', 'loans'),
  feature('name', { kind: 'string', value: NAME }),
  feature('street', { kind: 'string', value: CLEAR.street }),
  feature('postcode', { kind: 'string', value: CLEAR.postcode }),
  feature('income', { kind: 'double', value: INCOME }),
];

const RESOURCE = {
  attributes: [
    { key: 'service.name', value: { stringValue: 'loan-desk' } },
    { key: 'host.owner', value: { stringValue: CLEAR.email } },
  ],
};
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
/** Everything by every door; all of it acknowledged. */
async function sendAll(url: string): Promise<void> {
  const answers = await Promise.all([
    postJson(`${url}/v1/decisions`, [decision('json-1'), decision('json-2')]),
    postJson(`${url}/v1/outcomes`, {
      decisionId: 'json-1',
      system: 'loans',
      time: '2026-03-01T10:05:00Z',
      value: 'grant',
      by: CLEAR.email,
      note: FREE_TEXT,
    }),
    post(`${url}/v1/traces`, toProtobuf(trace('anything', decided)), PROTOBUF),
    postJson(`${url}/v1/traces`, toJson(trace('loan-desk', []))),
    postJson(`${url}/v1/decisions`, {
      ...decision('open-1'),
      system: 'open',
      features: { remark: OPEN },
      segments: {},
    }),
  ]);
  for (const answer of answers) {
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body.toString('utf8') || '{}')).not.toHaveProperty('partialSuccess');
  }
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
const NEEDLES: readonly (readonly [string, Buffer])[] = [
  ...Object.entries(CLEAR).map(([what, clear]) => [what, Buffer.from(clear)] as const),
  ['income as a double', double(INCOME)],
  ['income as text', Buffer.from(String(INCOME))],
  ['card as text', Buffer.from('4111111111111111')],
];

/** Which of the needles stand in a file below the directory, and in which file. */
function foundBelow(directory: string, needles: readonly (readonly [string, Buffer])[]): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const file = join(directory, name);
    let bytes: Buffer;
    try {
      if (!statSync(file).isFile()) return [];
      bytes = readFileSync(file);
    } catch {
      // Gone since it was listed: merged, or loaded.
      return [];
    }
    return needles.flatMap(([what, needle]) => (bytes.includes(needle) ? [`${what} in ${name}`] : []));
  });
}

describe('masking before the disk', () => {
  it('leaves no clear value in the spool, by either door', async () => {
    const { url, directory } = await startCollector({
      contracts: contracts(),
      // The store is away: what was acknowledged stays in the spool.
      loads: memoryLoads(() => {
        throw new Error('away');
      }),
      limits: { drainMs: 1 },
    });
    await sendAll(url);
    expect(foundBelow(directory, NEEDLES)).toEqual([]);
    // The search finds what is there: a system without a contract keeps its text.
    expect(foundBelow(directory, [['open', Buffer.from(OPEN)]])).not.toEqual([]);
  });

  it('leaves none in the whole data directory: spool, ClickHouse, Postgres', async () => {
    const dataDir = freshDirectory('masking');
    const documents = freshDirectory('documents');
    const config = configSchema.parse({ dataDir, listen: { webPort: 0, ingestPort: 0 }, documents });
    writeFileSync(join(documents, 'loans.yaml'), JSON.stringify(contract));
    const up = await bringUp(config, { TEST_MASK_KEY: KEY }, 'error');
    try {
      await sendAll(up.ingestUrl);
      const headers = { authorization: `Bearer ${up.token}` };
      const of = async (path: string): Promise<unknown> =>
        (await fetch(`${up.webUrl}/api/v1${path}`, { headers })).json();
      const rows = async (): Promise<{ id: string }[]> =>
        (
          (await of('/decisions?from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z')) as {
            rows: { id: string }[];
          }
        ).rows;
      await until(async () => (await rows()).length === 4);
      const whole = await of('/decisions/json-1');
      expect(whole).toMatchObject({ contract: { name: 'loans@1', violations: [], quarantined: false } });
      const detail = JSON.stringify(whole);
      const digest = createHmac('sha256', KEY).update(NAME).digest('hex').slice(0, 32);
      for (const kept of [
        digest,
        '50000..100000',
        'QX',
        '[email]',
        '[phone]',
        '[card]',
        '[iban]',
        '[national-id]',
      ])
        expect(detail).toContain(kept);
      expect(detail).not.toContain('street');
      // The same digest by both doors: joinable.
      const span = (await rows()).find(({ id }) => id.startsWith('5b8efff'));
      expect(JSON.stringify(await of(`/decisions/${span?.id}`))).toContain(digest);
      expect(foundBelow(dataDir, NEEDLES)).toEqual([]);
    } finally {
      await up.close();
    }
    expect(foundBelow(dataDir, NEEDLES)).toEqual([]);
    expect(foundBelow(dataDir, [['open', Buffer.from(OPEN)]])).not.toEqual([]);
  });

  it('fails closed: without its key, or in a form that cannot be masked, a record is refused by name', async () => {
    const { url, directory } = await startCollector({ contracts: contracts('') });
    const noKey = jsonOf(
      await postJson(`${url}/v1/decisions`, [
        decision('a'),
        { ...decision('b'), features: {}, segments: {} },
      ]),
    );
    expect(noKey).toMatchObject({ accepted: 1, rejected: [{ index: 0, reason: 'masking_key_missing' }] });
    expect(JSON.stringify(noKey)).toContain('TEST_MASK_KEY is not set');
    expect(JSON.stringify(noKey)).not.toContain(NAME);
    const span = await postJson(`${url}/v1/traces`, toJson(trace('loan-desk', [])));
    expect(jsonOf(span)).toMatchObject({ partialSuccess: { rejectedSpans: '1' } });
    const point = { asDouble: 1, attributes: [{ key: 'enduser.id', value: { stringValue: NAME } }] };
    const metric = await postJson(`${url}/v1/metrics`, {
      resourceMetrics: [
        {
          resource: RESOURCE,
          scopeMetrics: [
            {
              metrics: [
                { name: 'a', sum: { dataPoints: [point, point] } },
                { name: 'b', gauge: { dataPoints: [{ asDouble: 2, timeUnixNano: '1772359200000000000' }] } },
              ],
            },
          ],
        },
      ],
    });
    expect(jsonOf(metric)).toMatchObject({ partialSuccess: { rejectedDataPoints: '2' } });
    expect(foundBelow(directory, NEEDLES)).toEqual([]);

    const keyed = await startCollector({ contracts: contracts() });
    const rejected = async (more: object): Promise<unknown> =>
      jsonOf(await postJson(`${keyed.url}/v1/decisions`, decision('c', more)));
    for (const more of [
      { features: { income: 'a lot' } },
      { features: { postcode: 7331 } },
      { id: CLEAR.email },
      { upstream: [CLEAR.email] },
    ])
      expect(await rejected(more)).toMatchObject({ accepted: 0, rejected: [{ reason: 'masking_failed' }] });
    expect(foundBelow(keyed.directory, NEEDLES)).toEqual([]);
  });

  it('takes nothing of a project before its contracts could be read once', async () => {
    let away = true;
    const { url } = await startCollector({
      contracts: {
        documents: {
          list: async () => {
            if (away) throw new Error('away');
            return [];
          },
        },
        secret: () => undefined,
      },
    });
    expect((await postJson(`${url}/v1/decisions`, decision('a'))).status).toBe(503);
    away = false;
    expect((await postJson(`${url}/v1/decisions`, decision('a'))).status).toBe(200);
  });
});

/** Published examples: ISO 13616 (IBAN registry), card schemes' test numbers, the tax offices' own samples. */
const HIDDEN: readonly (readonly [string, string])[] = [
  ['write to a.b+c@mail.example.co.uk.', 'write to [email].'],
  ['q?user=ann%40example.org&x=1', '[email]&x=1'],
  ['5500-0000-0000-0004 and 378282246310005', '[card] and [card]'],
  ['GB29 NWBK 6016 1331 9268 19 thanks', '[iban] thanks'],
  ['fr1420041010050500013M02606', '[iban]'],
  ['AB 12 34 56 C', '[national-id]'],
  ['12345678Z', '[national-id]'],
  ['RSSMRA85T10A562S', '[national-id]'],
  ['86095742719', '[national-id]'],
  ['529.982.247-25', '[national-id]'],
  ['811228-9874', '[national-id]'],
  ['(212) 555-0123 or 01 4053 4000', '[phone] or [phone]'],
  ['+1-202-555-0143', '[phone]'],
];
const KEPT = [
  '4111111111111112',
  'GB29 NWBK 6016 1331 9268 18',
  '12345678A',
  '2026-03-01T10:00:00Z',
  '192.168.100.200',
  'order 1234567890123',
  '1772359200000000000',
  'room@home',
  '000-12-3456',
  'v1.24.0-rc.1',
  '3.14159265358979',
];

describe('a rule for a feature', () => {
  it('holds for the attribute of another convention that becomes it', async () => {
    const spec = {
      system: 'chat',
      features: { input_tokens: { mask: { kind: 'generalise', bands: [100] } } },
    };
    const { url, directory } = await startCollector({
      contracts: contracts(KEY, { ...contract, spec }),
      loads: memoryLoads(() => {
        throw new Error('away');
      }),
      limits: { drainMs: 1 },
    });
    const sent = trace('chat', [
      text('gen_ai.operation.name', 'chat'),
      text('gen_ai.response.finish_reasons', 'stop'),
      { key: 'gen_ai.usage.input_tokens', value: { kind: 'double', value: INCOME } },
    ]);
    expect((await post(`${url}/v1/traces`, toProtobuf(sent), PROTOBUF)).status).toBe(200);
    expect(foundBelow(directory, [['tokens', double(INCOME)]])).toEqual([]);
    expect(foundBelow(directory, [['band', Buffer.from('>=100')]])).not.toEqual([]);
  });
});

describe('detection', () => {
  const all = ['email', 'phone', 'card', 'iban', 'national_id'] as const;
  it.each(HIDDEN)('hides %s', (clear, masked) => expect(redact(clear, all)).toBe(masked));
  it.each(KEPT)('keeps %s', (clear) => expect(redact(clear, all)).toBe(clear));
  it('takes linear time on hostile text', () => {
    for (const piece of ['@', 'a', '1 ', '1', '+', '(1', 'a@', 'AB12 ', '11-']) {
      // Of this thread alone, whatever else the machine does; with its square it would be minutes.
      const before = process.threadCpuUsage();
      redact(piece.repeat(200_000 / piece.length), all);
      expect(process.threadCpuUsage(before).user / 1_000, piece).toBeLessThan(10_000);
    }
  });
});
