import { describe, expect, it } from 'vitest';
import { createAnalyzers } from '../../analyzers/analyzers.ts';
import type { DocumentInput } from '../../model/documents/document.ts';
import type { Finding } from '../../model/finding.ts';
import { freshClickhouse, freshPostgres } from '../support/stores.ts';
import { decisionRow } from './support/rows.ts';
import { createWorld, MINUTE } from './support/world.ts';

const T0 = Date.UTC(2026, 2, 1);
const pool = await freshClickhouse();

const DOCUMENTS = [
  ['SLO', 'fast-enough', { system: 'flights', sli: { kind: 'latency', thresholdMs: 10 }, target: '95%' }],
  [
    'Monitor',
    'inputs',
    { kind: 'drift', system: 'flights', window: '1h', reference: { kind: 'first', length: '2h' } },
  ],
].map(
  ([kind, name, spec]) => ({ apiVersion: 'leeway.dev/v1', kind, metadata: { name }, spec }) as DocumentInput,
);

describe('the schedule', () => {
  it('turns a loaded row into a finding within seconds, on two processes without a repeat', async () => {
    const postgres = await freshPostgres();
    const base = createWorld(pool, postgres, 'schedule');
    const { project } = base;
    const appended: string[] = [];
    const published: string[] = [];
    const deps = {
      ...base.deps,
      schedule: { tickMs: 100, shiftMs: 1_000 },
      live: { publish: async (_: string, topic: string) => void published.push(topic) },
      findings: {
        ...base.deps.findings,
        append: async (batch: readonly Finding[]) => {
          appended.push(...batch.map((finding) => finding.id));
          await base.deps.findings.append(batch);
        },
      },
    };
    await base.apply(DOCUMENTS);
    const instances = [createAnalyzers(deps), createAnalyzers(deps)];
    await Promise.all(instances.map((instance) => instance.start()));
    try {
      const nowMs = Date.now();
      const rows = Array.from({ length: 400 }, (_, i) =>
        decisionRow({
          project,
          id: `d${i}`,
          timeMs: T0 + i * MINUTE,
          num: { distance: i },
          loadedAtMs: nowMs,
        }),
      );
      await base.insert('decisions', rows);
      await expect.poll(() => appended.length).toBeGreaterThan(0);
      await expect.poll(() => published).toContain('analysis');
      const againMs = Date.now();
      const before = appended.length;
      await base.insert('decisions', [
        decisionRow({
          project,
          id: 'next',
          timeMs: T0 + 600 * MINUTE,
          loadedAtMs: againMs,
          num: { distance: 120 },
        }),
      ]);
      await expect.poll(() => appended.length).toBeGreaterThan(before);
    } finally {
      await Promise.all(instances.map((instance) => instance.stop()));
    }
    expect(new Set(appended).size).toBe(appended.length);
    expect(base.events.filter((event) => event.kind.endsWith('failed'))).toEqual([]);
  });
});
