import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { token as tokenCommand } from '../../app/commands/token.ts';
import { bringUp } from '../../app/commands/up.ts';
import { configSchema } from '../../app/config/schema.ts';
import { decisionOf, post } from '../collector/support.ts';
import { runLeeway } from '../scenario/leeway-process.ts';
import { freshDirectory } from '../support/stores.ts';

let up: Awaited<ReturnType<typeof bringUp>>;
beforeAll(async () => {
  const config = configSchema.parse({
    dataDir: freshDirectory('token'),
    listen: { webPort: 0, ingestPort: 0 },
  });
  up = await bringUp(config, {}, 'error');
}, 60_000);
afterAll(() => up.close());

const leeway = (args: string[], token = up.token) =>
  runLeeway(['token', ...args], { LEEWAY_URL: up.webUrl, LEEWAY_TOKEN: token });
const send = async (token: string, count: number): Promise<number> => {
  const records = Array.from({ length: count }, (_, at) => decisionOf(`${token}-${at}`));
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return (await post(`${up.ingestUrl}/v1/decisions`, JSON.stringify(records), headers)).status;
};

describe('leeway token', () => {
  it('makes one with a rate that the collector holds it to, lists it without its text, and revokes it', async () => {
    const made = await leeway(['create', 'checkout', '--rate', '1', '--burst', '5', '--json']);
    expect(made.code).toBe(0);
    const { id, token } = JSON.parse(made.stdout) as { id: string; token: string };
    // Into debt: what a request holds is known when it is read.
    expect(await send(token, 100)).toBe(200);
    expect(await send(token, 1)).toBe(429);
    // The owner's has no rate.
    expect(await send(up.token, 50)).toBe(200);

    const listed = await leeway(['ls', '--json']);
    expect(listed.stdout).not.toContain(token);
    const { rows } = JSON.parse(listed.stdout) as { rows: Record<string, unknown>[] };
    expect(rows.find((row) => row['id'] === id)).toMatchObject({
      name: 'checkout',
      scopes: ['ingest'],
      quota: { recordsPerSecond: 1, burst: 5 },
      revokedAt: null,
    });
    expect((await leeway(['revoke', id])).code).toBe(0);
    expect((await leeway(['revoke', 'nobody'])).code).toBe(3);
    expect((await leeway(['ls'])).stdout).toContain('revoked');

    const audit = await fetch(`${up.webUrl}/api/v1/audit`, {
      headers: { authorization: `Bearer ${up.token}` },
    });
    const { rows: entries } = (await audit.json()) as { rows: { what: string; subject: string }[] };
    expect(entries.filter(({ subject }) => subject === id).map(({ what }) => what)).toEqual([
      'token.revoked',
      'token.created',
    ]);
  }, 60_000);

  it('is for those who may configure, and says what is wrong with a call', async () => {
    const { stdout } = await leeway(['create', 'reader', '--scope', 'read']);
    const refused = await leeway(['ls'], stdout.trim());
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('this needs admin')]);
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    for (const wrong of [
      ['create'],
      ['create', 'x', '--rate', '0'],
      ['create', 'x', '--rate', 'fast'],
      ['create', 'x', '--burst', '5'],
      ['make', 'x'],
    ])
      expect(await tokenCommand(wrong), wrong.join(' ')).toBe(2);
    expect(String(told.mock.lastCall?.[0])).toContain('leeway token create NAME');
    told.mockRestore();
  }, 60_000);
});
