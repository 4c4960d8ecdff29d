import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, describe, expect, it } from 'vitest';
import { explain } from '../../app/commands/explain.ts';
import { explanation } from '../browser/support/fixtures/performance.ts';
import { runCommand } from '../support/command.ts';

const asked: URL[] = [];
const app = new Hono();
app.get('/api/v1/systems/:system/explain', (c) => {
  asked.push(new URL(c.req.url));
  if (c.req.header('authorization') !== 'Bearer right')
    return c.json({ detail: 'The token is unknown.' }, 401);
  if (c.req.query('where') === 'yesterday') return c.json({ detail: 'where: a stretch of time' }, 400);
  const lines = [{ progress: { step: 'reading decisions', done: 0, of: 5 } }, { result: explanation() }];
  return c.body(`${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
});
const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
  const started = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(started));
});
afterAll(() => server.close());
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;

const run = async (argv: readonly string[], token: string | null = 'right') => {
  const environment = { LEEWAY_URL: `http://127.0.0.1:${port}`, LEEWAY_TOKEN: token ?? undefined };
  const { code, stdout, stderr } = await runCommand(explain, argv, environment);
  return { code, out: stdout, err: stderr };
};
const SIDES = ['--system', 'flights', '--where', 'now-1d..now version=v2', '--baseline', 'now-8d..now-1d'];

describe('leeway explain', () => {
  it('prints the sentences first, then segments, inputs and changes; where the work is goes beside', async () => {
    const { code, out, err } = await run(SIDES);
    expect(code).toBe(0);
    expect(asked.at(-1)?.searchParams.get('where')).toBe('now-1d..now version=v2');
    expect(out.split('\n')[0]).toBe(explanation().sentences[0]);
    expect(out).toMatch(/Segments that carry it\n {4}83 % {2}hub = ORD/);
    expect(out).toMatch(/0\.061 +0\.41 {2}1 {2}distance/);
    expect(out).toContain('v2 goes live');
    expect(err).toContain('reading decisions 0 of 5');
  });

  it('prints JSON and Markdown', async () => {
    expect(JSON.parse((await run([...SIDES, '--json'])).out)).toEqual(explanation());
    const { out } = await run([...SIDES, '--md']);
    expect(out).toMatch(/^# flights: score\n\n- The mean score moved/);
    expect(out).toContain('| hub = ORD | 83 % | 0.36 | 0.621 | 0 |');
  });

  it('ends with a code for each way to fail, and a sentence', async () => {
    expect(await run(['--system', 'flights'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--baseline SIDE'),
    });
    expect(await run(SIDES, null)).toMatchObject({ code: 2, err: 'LEEWAY_TOKEN is not set.\n' });
    expect(await run(SIDES, 'wrong')).toMatchObject({ code: 4, err: 'The token is unknown.\n' });
    const wrong = ['--system', 'flights', '--where', 'yesterday', '--baseline', 'now-8d..now-1d'];
    expect(await run(wrong)).toMatchObject({ code: 2, err: 'where: a stretch of time\n' });
  });
});
