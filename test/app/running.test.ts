import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { token as tokenCommand } from '../../app/commands/token.ts';
import { bringUp } from '../../app/commands/up.ts';
import { configSchema } from '../../app/config/schema.ts';
import { checkContracts } from '../../model/contract-check.ts';
import { contractSpec } from '../../model/documents/contract.ts';
import { document } from '../../model/documents/document.ts';
import { decisionOf, post, postJson, until } from '../collector/support.ts';
import { runLeeway } from '../scenario/leeway-process.ts';
import { runCommand } from '../support/command.ts';
import { freshHome } from '../support/stores.ts';

/** One for all: what they ask of it is a matter of one system or one token each. */
let up: Awaited<ReturnType<typeof bringUp>>;
beforeAll(async () => {
  const home = await freshHome('running');
  up = await bringUp(configSchema.parse({ ...home, listen: { webPort: 0, ingestPort: 0 } }), {}, 'error');
});
afterAll(() => up.close());

const environment = (token: string) => ({ LEEWAY_URL: up.webUrl, LEEWAY_TOKEN: token });
const leeway = (args: string[], token = up.token) => runCommand(tokenCommand, args, environment(token));
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
    // By a shell, once: the others call the same command.
    const told = await runLeeway(['token', 'ls'], environment(up.token));
    expect([told.code, told.stdout]).toEqual([0, expect.stringContaining('revoked')]);

    const audit = await fetch(`${up.webUrl}/api/v1/audit`, {
      headers: { authorization: `Bearer ${up.token}` },
    });
    const { rows: entries } = (await audit.json()) as { rows: { what: string; subject: string }[] };
    expect(entries.filter(({ subject }) => subject === id).map(({ what }) => what)).toEqual([
      'token.revoked',
      'token.created',
    ]);
  });

  it('is for those who may configure, and says what is wrong with a call', async () => {
    const { stdout } = await leeway(['create', 'reader', '--scope', 'read']);
    const refused = await leeway(['ls'], stdout.trim());
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('this needs admin')]);
    for (const wrong of [
      ['create'],
      ['create', 'x', '--rate', '0'],
      ['create', 'x', '--rate', 'fast'],
      ['create', 'x', '--burst', '5'],
      ['make', 'x'],
    ]) {
      const { code, stderr } = await leeway(wrong);
      expect([code, stderr], wrong.join(' ')).toEqual([
        2,
        expect.stringContaining('leeway token create NAME'),
      ]);
    }
  });
});

describe('what was seen', () => {
  it('makes a contract that all of it keeps, and that can be applied as it is', async () => {
    const headers = { authorization: `Bearer ${up.token}`, 'content-type': 'application/json' };
    const decision = (at: number, features: object): object => ({
      id: `d-${at}`,
      system: 'inferred',
      time: Date.UTC(2026, 2, 1) + at * 1_000,
      value: 'go',
      features,
    });
    const features = (at: number): object => ({
      distance: 10 + (at % 100),
      carrier: at % 2 === 0 ? 'AA' : 'UA',
      late: at % 3 === 0,
      // 15 of 300: 5 %.
      wind: at % 20 === 0 ? null : at,
    });
    const sent = Array.from({ length: 300 }, (_, at) => decision(at, features(at)));
    // A later one closes their minutes; its own stays open.
    sent.push(decision(1_200, {}));
    expect((await postJson(`${up.ingestUrl}/v1/decisions`, sent)).status).toBe(200);
    let inferred = { yaml: '', features: 0 };
    const url = `${up.webUrl}/api/v1/systems/inferred/contract?from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z`;
    await until(async () => {
      inferred = (await (await fetch(url, { headers })).json()) as typeof inferred;
      return inferred.features === 4 && inferred.yaml.includes('missing: 0.05');
    });
    expect(inferred.yaml).toContain('required: true');
    const applied = await fetch(`${up.webUrl}/api/v1/documents`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ yaml: inferred.yaml }),
    });
    expect(await applied.json()).toMatchObject({ changes: [{ kind: 'Contract', change: 'created' }] });
    const spec = contractSpec.parse((parse(inferred.yaml) as { spec: unknown }).spec);
    for (let at = 0; at < 300; at++)
      expect(checkContracts([spec], features(at) as never, 0).violations).toEqual([]);
    expect(checkContracts([spec], { distance: 9, carrier: 'XX', late: true, wind: 1 }, 0).violations).toEqual(
      ['allowed:carrier', 'range:distance'],
    );
  });

  it('suggests monitors', async () => {
    const sent = Array.from({ length: 301 }, (_, at) => ({
      ...{ id: `s-${at}`, system: 'suggested', time: Date.UTC(2026, 2, 1) + at * 1_000, value: 'go' },
      features: { distance: at, height: at % 7 },
    }));
    // A later one closes their minutes.
    sent.push({ ...sent[0], id: 'late', time: Date.UTC(2026, 2, 1) + 1_200_000 } as (typeof sent)[number]);
    expect((await postJson(`${up.ingestUrl}/v1/decisions`, sent)).status).toBe(200);
    const headers = { authorization: `Bearer ${up.token}` };
    let found = { yaml: '', monitors: 0, reasons: [''] };
    await until(async () => {
      const answer = await fetch(`${up.webUrl}/api/v1/systems/suggested/monitors/suggestion`, { headers });
      found = (await answer.json()) as typeof found;
      return found.monitors === 3;
    });
    const documents = parseAllDocuments(found.yaml).map((one) => document.parse(one.toJS()));
    expect(documents.map(({ kind }) => kind)).toEqual(['Monitor', 'Monitor', 'Monitor']);
  });
});
