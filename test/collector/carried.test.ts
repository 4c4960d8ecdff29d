import { beforeAll, describe, expect, it } from 'vitest';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { freshClickhouse } from '../support/stores.ts';
import { decisionOf, jsonOf, onClickhouse, post, postJson, type Running, startCollector } from './support.ts';

/** The example of W3C Trace Context, section 3.2. */
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const STATE = 'congo=t61rcWkgMzE';
const TRACED = { trace: TRACE, span: SPAN, state: STATE };
const NO_TRACE = { trace: '0'.repeat(32), span: '0'.repeat(16), state: '' };

let pool: ClickhousePool;
let running: Running;
beforeAll(async () => {
  pool = await freshClickhouse();
  running = await startCollector(onClickhouse(pool));
});

let next = 0;
type Row = {
  trace: string;
  span: string;
  state: string;
  segments: Record<string, string>;
  upstream: string[];
};
/** Sends one decision with these headers, and gives what was kept of it. */
async function send(headers: Record<string, string>, more: Record<string, unknown> = {}): Promise<Row> {
  next += 1;
  const id = `carried-${next}`;
  const answer = await post(`${running.url}/v1/decisions`, JSON.stringify(decisionOf(id, more)), {
    'content-type': 'application/json',
    ...headers,
  });
  expect(jsonOf(answer)).toEqual({ accepted: 1, rejected: [] });
  await running.drained();
  const [row] = await pool.api.query<Row>({
    sql: `SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, trace_state AS state, segments, upstream
      FROM decisions WHERE decision_id = {id:String}`,
    params: { id },
  });
  if (row === undefined) throw new Error(`${id} was not stored`);
  return row;
}

describe('headers of a request with decisions', () => {
  it.each([
    ['as in the recommendation', `00-${TRACE}-${SPAN}-01`, TRACED],
    ['not sampled', `00-${TRACE}-${SPAN}-00`, TRACED],
    ['of a later version, which may go on', `cc-${TRACE}-${SPAN}-01-what.is.more`, TRACED],
    ['of version 00, which may not', `00-${TRACE}-${SPAN}-01-what`, NO_TRACE],
    ['of version ff', `ff-${TRACE}-${SPAN}-01`, NO_TRACE],
    ['in capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`, NO_TRACE],
    ['with a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`, NO_TRACE],
    ['with a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`, NO_TRACE],
    ['cut short', `00-${TRACE}-${SPAN}`, NO_TRACE],
  ])('traceparent %s', async (_, traceparent, ids) => {
    expect(await send({ traceparent, tracestate: STATE })).toMatchObject(ids);
  });

  it.each([
    ['as long as everybody has to carry', `a=${'x'.repeat(250)},b=${'y'.repeat(257)}`, undefined],
    [
      'longer: the members that fit',
      `a=${'x'.repeat(250)},b=${'y'.repeat(250)},c=z,d=1`,
      `a=${'x'.repeat(250)},b=${'y'.repeat(250)},c=z`,
    ],
    ['one member that does not fit', `a=${'x'.repeat(511)}`, ''],
    ['that is not printable ASCII', 'a=\u00e4', ''],
  ])('tracestate %s', async (_, tracestate, state = tracestate) => {
    const traceparent = `00-${TRACE}-${SPAN}-01`;
    expect(await send({ traceparent, tracestate })).toMatchObject({ ...TRACED, state });
  });

  it('tracestate belongs to the trace of the headers, and to no other', async () => {
    expect(await send({ tracestate: STATE })).toMatchObject(NO_TRACE);
    const own = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    expect(await send({ traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: STATE }, own)).toMatchObject({
      ...{ trace: own.traceId, span: own.spanId, state: '' },
    });
    expect(await send({}, { ...own, traceState: 'rojo=1' })).toMatchObject({ state: 'rojo=1' });
  });

  it('a span hands its trace state to its decision', async () => {
    const span = {
      ...{
        traceId: TRACE,
        spanId: SPAN,
        traceState: STATE,
        name: 'decide',
        startTimeUnixNano: '1772359200000000000',
      },
      attributes: [{ key: 'leeway.decision.value', value: { stringValue: 'hold' } }],
    };
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'spans' } }] };
    const traces = { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] };
    expect((await postJson(`${running.url}/v1/traces`, traces)).status).toBe(200);
    await running.drained();
    expect(
      await pool.api.query({
        sql: `SELECT d.trace_state AS decision, TraceState AS span FROM decisions AS d, otel_traces
          WHERE system = 'spans' AND ServiceName = 'spans'`,
      }),
    ).toEqual([{ decision: STATE, span: STATE }]);
  });

  it('baggage: segments and upstream decisions by the names of their attributes, all else stays where it is', async () => {
    const baggage = [
      'leeway.decision.segment.region=eu%2Dwest;ttl=1',
      ' leeway.decision.segment.tier = gold ',
      'leeway.decision.upstream=quote-17',
      'leeway.decision.upstream=fraud%3A9',
      'userId=alice',
      'leeway.decision.segment.bad=%E0%A4%A',
      'nonsense',
    ].join(',');
    expect(await send({ baggage })).toEqual({
      ...NO_TRACE,
      segments: { region: 'eu-west', tier: 'gold' },
      upstream: ['quote-17', 'fraud:9'],
    });
  });

  it('a decision’s own word goes first', async () => {
    const headers = {
      traceparent: `00-${TRACE}-${SPAN}-01`,
      baggage:
        'leeway.decision.segment.region=eu,leeway.decision.segment.tier=gold,leeway.decision.upstream=a',
    };
    const own = { traceId: 'a'.repeat(32), segments: { region: 'us' }, upstream: ['b'] };
    expect(await send(headers, own)).toEqual({
      trace: 'a'.repeat(32),
      span: '0'.repeat(16),
      state: '',
      segments: { region: 'us', tier: 'gold' },
      upstream: ['b'],
    });
  });

  it('too many segments in all refuse the decision by name', async () => {
    const baggage = Array.from({ length: 30 }, (_, at) => `leeway.decision.segment.k${at}=v`).join(',');
    const segments = { a: '1', b: '2', c: '3' };
    const answer = await post(
      `${running.url}/v1/decisions`,
      JSON.stringify(decisionOf('full', { segments })),
      {
        'content-type': 'application/json',
        baggage,
      },
    );
    expect(jsonOf(answer)).toMatchObject({ accepted: 0, rejected: [{ reason: 'invalid_decision' }] });
  });

  it('what only the credential may say is replaced and counted, in baggage and in records', async () => {
    const kept = await send(
      { baggage: 'leeway.project=victim' },
      {
        'leeway.tenant': 'victim',
        segments: { 'leeway.project': 'victim', region: 'eu' },
        features: { 'leeway.source': 1 },
      },
    );
    expect(kept.segments).toEqual({ region: 'eu' });
    const told = running.events.flatMap((event) => (event.kind === 'accepted' ? [event.overwritten] : []));
    expect(told.at(-1)).toBe(4);
  });
});
