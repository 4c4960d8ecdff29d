import { beforeAll, describe, expect, it } from 'vitest';
import { createLedger } from '../../store/clickhouse/ledger.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { freshClickhouse } from '../support/stores.ts';
import { byToken, onClickhouse, post, type Running, startCollector } from './support.ts';

const TRACE = '5b8efff798038103d269b633813fc60c';
const AT_NS = '1772359200000000000';
/** What a payload would like to be true; kept beside it is what nobody reserved. */
const FORGED = [
  { key: 'leeway.project', value: { stringValue: 'victim' } },
  { key: 'leeway.tenant', value: { stringValue: 'victim' } },
  { key: 'leeway.received_at', value: { stringValue: '1999-01-01T00:00:00Z' } },
  { key: 'leeway.source', value: { intValue: '7' } },
  { key: 'leeway.projects', value: { stringValue: 'not reserved' } },
];
const RESERVED_IN_EACH = 4;

let pool: ClickhousePool;
let running: Running;
beforeAll(async () => {
  pool = await freshClickhouse();
  running = await startCollector({ ...onClickhouse(pool), ...byToken });
});

const send = (path: string, body: unknown) =>
  post(`${running.url}${path}`, JSON.stringify(body), {
    'content-type': 'application/json',
    authorization: 'Bearer honest',
  });

describe('what a payload says of its own project, source or receipt', () => {
  it('is replaced by what the credential says, and counted in the ledger and for the metrics', async () => {
    const resource = { attributes: FORGED };
    const span = {
      traceId: TRACE,
      spanId: '0000000000000001',
      startTimeUnixNano: AT_NS,
      attributes: [...FORGED, { key: 'leeway.decision.value', value: { stringValue: 'go' } }],
    };
    await send('/v1/traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
    const log = { timeUnixNano: AT_NS, attributes: FORGED };
    await send('/v1/logs', {
      resourceLogs: [{ scopeLogs: [{ scope: { attributes: FORGED }, logRecords: [log] }] }],
    });
    const point = { timeUnixNano: AT_NS, asDouble: 1, attributes: FORGED };
    await send('/v1/metrics', {
      resourceMetrics: [
        { scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints: [point, point] } }] }] },
      ],
    });
    await running.drained();

    const kept = { 'leeway.projects': 'not reserved' };
    expect(await pool.api.query({ sql: 'SELECT project, resource, attr_str, attr_int FROM spans' })).toEqual([
      {
        project: 'honest',
        resource: kept,
        attr_str: { ...kept, 'leeway.decision.value': 'go' },
        attr_int: {},
      },
    ]);
    expect(
      await pool.api.query({ sql: 'SELECT project, toString(source) AS source FROM decisions' }),
    ).toEqual([{ project: 'honest', source: 'otlp' }]);
    expect(await pool.api.query({ sql: 'SELECT project, scope_attributes, attr_str FROM logs' })).toEqual([
      { project: 'honest', scope_attributes: kept, attr_str: kept },
    ]);
    expect(await pool.api.query({ sql: 'SELECT DISTINCT project, attr_str FROM metrics' })).toEqual([
      { project: 'honest', attr_str: kept },
    ]);

    const entries = await createLedger(pool.api).read('honest' as never, 0, Date.now() + 60_000);
    const counted = Object.fromEntries(entries.map(({ signal, overwritten }) => [signal, overwritten]));
    expect(counted).toEqual({
      spans: 2 * RESERVED_IN_EACH,
      decisions: 0,
      logs: 2 * RESERVED_IN_EACH,
      metrics: 2 * RESERVED_IN_EACH,
    });
    const told = running.events.flatMap((event) => (event.kind === 'accepted' ? [event.overwritten] : []));
    expect(told).toEqual([2 * RESERVED_IN_EACH, 2 * RESERVED_IN_EACH, 2 * RESERVED_IN_EACH]);
  });
});
