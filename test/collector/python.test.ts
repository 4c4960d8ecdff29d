import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { freshClickhouse } from '../support/stores.ts';
import { onClickhouse, post, type Running, startCollector } from './support.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Made by test/reference/python-otlp.py: what the stock SDK sent when examples/python/decide.py ran. */
const fixture = z
  .object({
    madeBy: z.record(z.string(), z.string()),
    requests: z.array(
      z.object({ path: z.string(), headers: z.record(z.string(), z.string()), body: z.base64() }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(ROOT, 'test/reference/python-otlp.json'), 'utf8')));

const decisionsOf = (pool: ClickhousePool, system: string): Promise<unknown[]> =>
  pool.api.query({
    sql: `SELECT system, decision_id AS id, value, model_version AS model, policy_version AS policy, round(score, 2) AS score,
        num, cat, missing, segments, toString(source) AS source, trace_id != toFixedString('', 16) AS traced
      FROM decisions WHERE system = {system:String} ORDER BY decision_id`,
    params: { system },
  });
/** As examples/python/decide.py decides: 0.2 + 2400 / 5000 = 0.68, and 0.2 + 310 / 5000 = 0.262. */
const decided = (system: string) => [
  {
    ...{ system, id: 'py-1', value: 'hold', model: 'v3', policy: '2026-11', score: 0.68 },
    ...{ num: { distance: 2400, wind: 12.5 }, cat: { carrier: 'UA' }, missing: [] },
    ...{ segments: { hub: 'ORD' }, source: 'otlp', traced: 1 },
  },
  {
    ...{ system, id: 'py-2', value: 'go', model: 'v3', policy: '2026-11', score: 0.26 },
    ...{ num: { distance: 310 }, cat: { carrier: 'AA' }, missing: ['wind'] },
    ...{ segments: { hub: 'ORD' }, source: 'otlp', traced: 1 },
  },
];
const OUTCOMES = [{ id: 'py-1', value: 'late' }];
const outcomesOf = (pool: ClickhousePool, system: string): Promise<unknown[]> =>
  pool.api.query({
    sql: 'SELECT decision_id AS id, value FROM outcomes WHERE system = {system:String}',
    params: { system },
  });

let pool: ClickhousePool;
let running: Running;
beforeAll(async () => {
  pool = await freshClickhouse();
  running = await startCollector(onClickhouse(pool));
});

describe('OpenTelemetry’s Python SDK', () => {
  it('sends bytes that become decisions and outcomes as the example says', async () => {
    expect(fixture.requests.map(({ path }) => path)).toEqual(['/v1/traces', '/v1/outcomes']);
    for (const { path, headers, body } of fixture.requests) {
      const answer = await post(`${running.url}${path}`, Buffer.from(body, 'base64'), headers);
      expect([path, answer.status]).toEqual([path, 200]);
    }
    await running.drained();
    expect(await decisionsOf(pool, 'flights-py')).toEqual(decided('flights-py'));
    expect(await outcomesOf(pool, 'flights-py')).toEqual(OUTCOMES);
  });

  it('runs the example as it stands, where Python has the SDK', async ({ skip }) => {
    const python = process.env['LEEWAY_TEST_PYTHON'] ?? 'python3';
    const has = spawnSync(python, ['-c', 'import opentelemetry.exporter.otlp.proto.http, opentelemetry.sdk']);
    if (has.status !== 0)
      return skip(`${python} has no opentelemetry-sdk: pip install -r examples/python/requirements.txt`);
    const system = 'flights-live';
    const child = spawn(python, [join(ROOT, 'examples/python/decide.py')], {
      env: {
        ...process.env,
        OTEL_EXPORTER_OTLP_ENDPOINT: running.url,
        OTEL_SERVICE_NAME: system,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    expect(output).toBe('py-1: hold\npy-2: go\noutcome: {"accepted":1,"rejected":[]}\n');
    await running.drained();
    expect(await decisionsOf(pool, system)).toEqual(decided(system));
    expect(await outcomesOf(pool, system)).toEqual(OUTCOMES);
  });
});
