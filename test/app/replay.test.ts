import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { contractState } from '../../api/contract/contracts.ts';
import { decisionDetail, decisionList } from '../../api/contract/decisions.ts';
import { auditRow } from '../../api/contract/operate.ts';
import { contract as contractCommand } from '../../app/commands/contract.ts';
import { bringUp } from '../../app/commands/up.ts';
import { configSchema } from '../../app/config/schema.ts';
import { postJson, until } from '../collector/support.ts';
import { runLeeway } from '../scenario/leeway-process.ts';
import { runCommand } from '../support/command.ts';
import { freshDirectory, freshHome } from '../support/stores.ts';

const directory = freshDirectory('mappings');
const FROM = '2026-03-01T00:00:00Z';
const TO = '2026-03-02T00:00:00Z';
const contractYaml = (range: string): string => `
apiVersion: leeway.dev/v1
kind: Contract
metadata: { name: loans }
spec:
  system: loans
  onViolation: quarantine
  features: { amount: { type: numeric, range: ${range} } }
`;

let up: Awaited<ReturnType<typeof bringUp>>;
let headers: Record<string, string>;
beforeAll(async () => {
  const home = await freshHome('replay');
  const config = configSchema.parse({ ...home, listen: { webPort: 0, ingestPort: 0 } });
  up = await bringUp(config, {}, 'error');
  headers = { authorization: `Bearer ${up.token}`, 'content-type': 'application/json' };
});
afterAll(() => up.close());

const get = async <T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> =>
  schema.parse(await (await fetch(`${up.webUrl}/api/v1${path}`, { headers })).json());
const listed = async (more = ''): Promise<string[]> => {
  const { rows, total } = await get(`/decisions?system=loans&from=${FROM}&to=${TO}${more}`, decisionList);
  expect(total).toBe(rows.length);
  return rows.map(({ id }) => id).sort();
};
const apply = async (yaml: string): Promise<void> => {
  const answer = await fetch(`${up.webUrl}/api/v1/documents`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ yaml }),
  });
  expect(answer.status).toBe(200);
};
/** The command itself; that a shell reaches it is for the last test. */
const leeway = (...args: string[]) =>
  runCommand(contractCommand, ['replay', 'loans', '--from', FROM, '--to', TO, ...args], {
    LEEWAY_URL: up.webUrl,
    LEEWAY_TOKEN: up.token,
  });

describe('leeway contract replay', () => {
  it('releases what the mended contract allows: tried first, then done, once, and on the record', async () => {
    await apply(contractYaml('[0, 100]'));
    // The collector believes what it knew for a second: until then decisions are held against nothing.
    const probe = (id: string, amount: number) => ({
      ...{ id, system: 'loans', time: '2026-03-01T10:00:00Z', value: 'approve' },
      features: { amount },
    });
    let tries = 0;
    await until(async () => {
      tries += 1;
      const id = `probe-${tries}`;
      await postJson(`${up.ingestUrl}/v1/decisions`, [{ ...probe(id, 7), time: '2026-02-01T10:00:00Z' }]);
      await until(
        async () => (await fetch(`${up.webUrl}/api/v1/decisions/${id}`, { headers })).status === 200,
      );
      return (await get(`/decisions/${id}`, decisionDetail)).contract !== null;
    });
    const sent = [probe('small', 50), probe('large', 500), probe('huge', 5_000)];
    await postJson(`${up.ingestUrl}/v1/decisions`, sent);
    await until(async () => (await listed('&quarantined=include')).length === 3);
    expect(await listed()).toEqual(['small']);
    expect(await listed('&quarantined=only')).toEqual(['huge', 'large']);
    expect(await listed('&quarantined=include&violation=range:amount')).toEqual(['huge', 'large']);
    const state = await get(`/systems/loans/contract/violations?from=${FROM}&to=${TO}`, contractState);
    expect(state).toMatchObject({ contract: 'loans@1', held: 3, broken: 2, quarantined: 2 });
    expect(state.violations).toEqual([
      {
        violation: 'range:amount',
        promise: 'range',
        feature: 'amount',
        decisions: 2,
        share: 2 / 3,
        since: '2026-03-01T10:00:00.000Z',
        last: '2026-03-01T10:00:00.000Z',
      },
    ]);

    await apply(contractYaml('[0, 1000]'));
    const tried = await leeway('--dry-run', '--json');
    expect([tried.code, tried.stderr]).toEqual([
      0,
      expect.stringContaining('held against the contract 2 of 2'),
    ]);
    const counts = { contract: 'loans@2', total: 2, released: 1, quarantined: 1, marked: 0, changed: 2 };
    expect(JSON.parse(tried.stdout)).toMatchObject({ schemaVersion: 1, dryRun: true, ...counts });
    expect(await listed()).toEqual(['small']);

    const done = await leeway();
    expect(done.stdout).toContain('held against loans@2');
    expect(done.stdout).toMatch(/released +1\n/);
    expect(await listed()).toEqual(['large', 'small']);
    const nobody = await leeway('--from', '2020-01-01T00:00:00Z', '--to', '2020-01-02T00:00:00Z');
    expect([nobody.code, nobody.stdout]).toEqual([0, expect.stringContaining('No decision of loans')]);
    const again = await leeway('--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ total: 1, released: 0, quarantined: 1, changed: 0 });

    const detail = await get('/decisions/large', decisionDetail);
    expect(detail.copies).toBe(1);
    expect(detail.contract).toMatchObject({ name: 'loans@2', violations: [], quarantined: false });
    expect(detail.contract?.history.map((one) => [one.contract, one.quarantined, one.mapped])).toEqual([
      ['loans@1', true, false],
      ['loans@2', false, false],
    ]);
    const node = detail.lineage.nodes.find(({ kind }) => kind === 'contract');
    expect(node).toMatchObject({ label: 'loans@2', detail: 'kept, held against it again', state: 'ok' });
    expect(detail.lineage.edges).toContainEqual({
      from: 'contract',
      to: 'feature:amount',
      label: 'promises',
    });
    const { rows } = await get('/audit', z.object({ rows: z.array(auditRow) }));
    expect(rows.find(({ what }) => what === 'contract.replayed')?.sentence).toMatch(
      /held 2 decisions of loans against loans@2 again: 1 released, 0 marked, 1 kept apart\.$/,
    );
  });

  it('by a mapping from a file; a mapping that is none is told with all its mistakes', async () => {
    const file = join(directory, 'map.yaml');
    writeFileSync(file, 'scale: { amount: 0.01 }\n');
    const done = await leeway('--map', file, '--json');
    expect(JSON.parse(done.stdout)).toMatchObject({ total: 1, released: 1, changed: 1 });
    expect(await listed()).toEqual(['huge', 'large', 'small']);
    const detail = await get('/decisions/huge', decisionDetail);
    expect(detail.features).toMatchObject([{ name: 'amount', value: 50 }]);
    expect(detail.contract?.history.at(-1)).toMatchObject({ mapped: true });

    writeFileSync(file, 'scale: { amount: much }\nsclae: {}\n');
    const wrong = await leeway('--map', file);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('scale.amount');
    expect(wrong.stderr).toContain('sclae');
    expect((await leeway('--map', join(directory, 'nowhere.yaml'))).code).toBe(3);
  });

  it('needs a token that may operate, and a Leeway that answers', async () => {
    const args = ['contract', 'replay', 'loans'];
    const refused = await runLeeway(args, { LEEWAY_URL: up.webUrl, LEEWAY_TOKEN: 'lw_wrong' });
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('unknown or revoked')]);
    const nowhere = { LEEWAY_URL: 'http://127.0.0.1:1', LEEWAY_TOKEN: up.token };
    const alone = await runCommand(contractCommand, ['replay', 'loans'], nowhere);
    expect([alone.code, alone.stderr]).toEqual([7, expect.stringContaining('no Leeway answers')]);
  });
});
