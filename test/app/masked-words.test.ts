import { globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { IncidentCommands } from '../../alerts/commands/commands.ts';
import { bringUp } from '../../app/commands/up.ts';
import { configSchema } from '../../app/config/schema.ts';
import { maskedIncidents } from '../../app/masked-commands.ts';
import { createWordMasker } from '../../collector/masking/words.ts';
import { contractSpec } from '../../model/documents/contract.ts';
import { incidentId, projectId, systemName } from '../../model/ids.ts';
import { contractsOf, decisionOf, postJson, until } from '../collector/support.ts';
import { freshDirectory } from '../support/stores.ts';

const CLEAR = 'eve.adams@example.org';
const WRITTEN = `spoke with ${CLEAR} about it`;
const KEPT = 'spoke with [email] about it';

const CONTRACT = `
apiVersion: leeway.dev/v1
kind: Contract
metadata: { name: loans }
spec: { system: loans, detect: [email] }
`;

describe('what people write', () => {
  it('about a ruling, a deployment or a gate is masked before any file has it', async () => {
    const directory = freshDirectory('words');
    const documents = join(directory, 'documents');
    mkdirSync(documents);
    writeFileSync(join(documents, 'loans.yaml'), CONTRACT);
    const dataDir = join(directory, 'data');
    const config = configSchema.parse({ dataDir, documents, listen: { webPort: 0, ingestPort: 0 } });
    const up = await bringUp(config, {}, 'error');
    const headers = { authorization: `Bearer ${up.token}`, 'content-type': 'application/json' };
    const ask = async (path: string, body: object): Promise<Record<string, unknown>> => {
      const answer = await fetch(`${up.webUrl}/api/v1${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      expect([path, answer.status]).toEqual([path, 200]);
      return (await answer.json()) as Record<string, unknown>;
    };
    const system = 'loans';
    await postJson(`${up.ingestUrl}/v1/decisions`, [decisionOf('l-1', { system, route: 'review' })]);
    let claim: { item: { id: string }; fence: number } | null = null;
    await until(async () => {
      claim = (await ask('/review/next', { reviewer: 'ann', queue: 'default' })) as unknown as typeof claim;
      return claim !== null;
    });
    const { item, fence } = claim as unknown as { item: { id: string }; fence: number };
    const ruled = await ask(`/review/items/${item.id}/rule`, {
      reviewer: 'ann',
      fence,
      ruling: { kind: 'confirmed', note: WRITTEN },
    });
    expect(ruled['ruling']).toMatchObject({ note: KEPT });
    const deployed = await ask('/systems/loans/deployments', { version: 'v1', note: WRITTEN });
    expect(JSON.stringify(deployed)).not.toContain(CLEAR);
    const gate = await ask('/systems/loans/gate', {
      servingVersion: 'v1',
      route: 'review',
      reason: WRITTEN,
    });
    expect(gate['reason']).toBe(KEPT);
    await up.close();

    const files = globSync('**/*', { cwd: directory })
      .map((name) => join(directory, name))
      .filter((file) => statSync(file).isFile());
    const holding = (text: string): string[] =>
      files.filter((file) => readFileSync(file).includes(Buffer.from(text)));
    expect(holding(CLEAR)).toEqual([]);
    // What was kept is found that way, so the search does find.
    expect(holding(KEPT).length).toBeGreaterThan(0);
  });

  it('on an incident is masked by the contract of its system, whatever they do with it', async () => {
    const contracts = contractsOf(contractSpec.parse({ system: 'loans', detect: ['email'] }));
    const mask = createWordMasker(contracts, Date.now);
    const said: unknown[] = [];
    const heard = (...words: unknown[]) => {
      said.push(words.at(-1));
      return Promise.resolve({ kind: 'not_found', what: 'incident' } as never);
    };
    const commands: IncidentCommands = {
      acknowledge: heard,
      note: heard,
      resolve: (_of, text) => heard(text),
      judge: heard,
      act: (_of, action) => heard(action.reason),
      decide: heard,
      changeGate: (order) => heard(order.reason),
    };
    const incidents = { get: async () => ({ system: systemName.parse('loans') }) as never };
    const masked = maskedIncidents(commands, incidents, mask);
    const of = { project: projectId.parse('default'), incident: incidentId.parse(1), by: 'ann' };
    await masked.note(of, WRITTEN);
    await masked.resolve(of, WRITTEN);
    await masked.judge(of, 'false_alarm' as never, WRITTEN);
    await masked.act(of, { kind: 'rollback', reason: WRITTEN });
    await masked.decide(of, 'a', true, WRITTEN);
    expect(said).toEqual([KEPT, KEPT, KEPT, KEPT, KEPT]);
  });

  it('is not written at all while the contracts cannot be read', async () => {
    const documents = { list: () => Promise.reject(new Error('away')) } as never;
    const mask = createWordMasker({ documents, secret: () => undefined }, Date.now);
    await expect(mask(projectId.parse('default'), 'loans', WRITTEN)).rejects.toMatchObject({
      reason: 'store_unavailable',
      retryable: true,
    });
  });
});
