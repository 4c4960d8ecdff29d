import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDirectory } from '../support/stores.ts';
import { type LeewayProcess, runLeeway, startLeeway } from './leeway-process.ts';

let leeway: LeewayProcess;
const dataDir = join(freshDirectory('process'), 'data');

beforeAll(async () => {
  leeway = await startLeeway('up', dataDir);
});
afterAll(() => leeway.stop());

const get = async (path: string) =>
  (await fetch(`${leeway.webUrl}${path}`, { headers: { authorization: `Bearer ${leeway.token}` } })).json();

describe('leeway up', () => {
  it('is ready, and says that nothing was ever sent', async () => {
    expect(await get('/readyz')).toMatchObject({ ready: true });
    expect(await get('/api/v1/overview')).toMatchObject({ hasData: false });
  });

  it('shows a decision within seconds of its 200', async () => {
    const sent = await fetch(`${leeway.ingestUrl}/v1/decisions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        id: 'one',
        system: 'credit',
        time: Date.now(),
        value: 'approve',
        features: { amount: 5 },
      }),
    });
    expect(await sent.json()).toEqual({ accepted: 1, rejected: [] });
    await expect
      .poll(() => get('/api/v1/decisions'), { interval: 200 })
      .toMatchObject({
        rows: [{ id: 'one', system: 'credit', value: 'approve' }],
      });
    expect(await get('/api/v1/overview')).toMatchObject({ hasData: true });
  });

  it('lets no second process into its data directory: exit code 75 and a sentence', async () => {
    const second = await runLeeway(['up'], { LEEWAY_DATA_DIR: dataDir });
    expect(second.code).toBe(75);
    expect(second.stderr).toMatch(/is in use by another Leeway, process \d+: stop that one/);
  });

  it('takes documents over its API, and refuses bad ones with every mistake', async () => {
    const environment = { LEEWAY_URL: leeway.webUrl, LEEWAY_TOKEN: leeway.token };
    const file = join(import.meta.dirname, '../../examples/flights/leeway.yaml');
    const applied = await runLeeway(['apply', file], environment);
    expect(applied).toMatchObject({ code: 0, stderr: '' });
    expect(applied.stdout).toContain('created   System flights (version 1)');
    expect((await runLeeway(['apply', file], environment)).stdout).toContain(
      'unchanged System flights (version 1)',
    );
  });

  it('says its own state in the Prometheus format', async () => {
    const text = await (
      await fetch(`${leeway.webUrl}/metrics`, { headers: { authorization: `Bearer ${leeway.token}` } })
    ).text();
    expect(text).toMatch(/^leeway_collector_records_accepted_total\{signal="decisions"\} 1$/m);
    expect(text).toMatch(/^leeway_collector_refusals_total\{reason="too_large"\} 0$/m);
  });
});

describe('a call that Leeway does not know', () => {
  it('is told so, with what it knows, and exit code 2', async () => {
    const wrong = await runLeeway(['frobnicate']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('"leeway frobnicate" is not a call that Leeway knows');
  });

  it('a bad configuration starts nothing', async () => {
    const directory = join(freshDirectory('bad'), 'data');
    const bad = await runLeeway(['up'], {
      LEEWAY_DATA_DIR: directory,
      LEEWAY_LOG_LEVEL: 'loud',
      LEEWAY_ROLES: 'cook',
    });
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain('The configuration has 2 mistakes; nothing was started.');
    expect(bad.stderr).toContain('LEEWAY_LOG_LEVEL  log.level');
  });
});
