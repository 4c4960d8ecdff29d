import { describe, expect, it } from 'vitest';
import { judge, type KnownOutcome } from '../../model/correctness.ts';
import type { Sli } from '../../model/documents/slo.ts';
import { systemSpec } from '../../model/documents/system.ts';
import { projectId } from '../../model/ids.ts';
import { createSloMinuteStore } from '../../store/clickhouse/slo-minutes.ts';
import { freshClickhouse } from '../support/stores.ts';
import { decisionRow, outcomeRow } from './support/rows.ts';
import { MINUTE } from './support/world.ts';

const T0 = Date.UTC(2026, 2, 1);
const pool = await freshClickhouse();
const minutes = createSloMinuteStore(pool.analyzers);
const system = systemSpec.parse({
  correct: { hold: ['late', 'cancelled'], go: ['on_time'] },
  deferred: ['ask'],
});
const everything = [{ fromMs: T0 - 60 * MINUTE, toMs: T0 + 600 * MINUTE }];

const countAll = async (name: string, sli: Sli, computedAtMs = T0) => {
  const project = projectId.parse(name);
  await minutes.count(project, 'flights', { slo: 'x', sli, system }, everything, computedAtMs);
  return minutes.series(project, 'x', T0 - 60 * MINUTE, T0 + 600 * MINUTE);
};

describe('SLO minutes', () => {
  it('judge in the engine as the model does', async () => {
    const values = ['hold', 'go', 'ask', 'unlisted'];
    const labels = ['late', 'on_time', 'cancelled', 'unlisted'];
    const rulings = ['hold', 'go', 'ask'];
    const cases = values.flatMap((value, v) =>
      [undefined, ...labels].flatMap((label, l) =>
        [undefined, ...rulings].flatMap((ruling, r) =>
          [false, true].map((corrected) => ({
            id: `${v}${l}${r}${corrected}`,
            value,
            label,
            ruling,
            corrected,
          })),
        ),
      ),
    );
    const outcomes = cases.flatMap((c, i): (KnownOutcome & { id: string })[] => [
      ...(c.label ? [{ id: c.id, kind: 'label' as const, value: c.label, atMs: T0 + i * 1_000 }] : []),
      ...(c.label && c.corrected
        ? [{ id: c.id, kind: 'label' as const, value: 'late', atMs: T0 + (i + 90) * 1_000 }]
        : []),
      // A ruling beats a label also when the label came later.
      ...(c.ruling
        ? [{ id: c.id, kind: 'ruling' as const, value: c.ruling, atMs: T0 + (i - 30) * 1_000 }]
        : []),
    ]);
    const project = 'twin';
    await pool.loader.insertRows(
      'decisions',
      cases.map((c) => decisionRow({ project, id: c.id, timeMs: T0 - 30 * MINUTE, value: c.value })),
    );
    await pool.loader.insertRows(
      'outcomes',
      outcomes.map((o) => outcomeRow({ project, id: o.id, timeMs: o.atMs, value: o.value, kind: o.kind })),
    );
    const expected = new Map<number, { good: number; total: number }>();
    for (const c of cases) {
      const said = judge(
        c.value,
        outcomes.filter((o) => o.id === c.id),
        system,
      );
      if (said.kind === 'not_judged') continue;
      const minuteMs = Math.floor(said.atMs / MINUTE) * MINUTE;
      const known = expected.get(minuteMs) ?? { good: 0, total: 0 };
      expected.set(minuteMs, { good: known.good + Number(said.correct), total: known.total + 1 });
    }
    const counted = await countAll(project, { kind: 'correctness' });
    expect(counted.map(({ minuteMs, good, total }) => [minuteMs, { good, total }])).toEqual(
      [...expected].sort(([a], [b]) => a - b),
    );
  });

  it('count a decision once, however often it and its label were sent', async () => {
    const project = 'once';
    const decision = decisionRow({ project, id: 'a', timeMs: T0, value: 'go', version: 'v1', latencyMs: 30 });
    const label = outcomeRow({ project, id: 'a', timeMs: T0 + MINUTE, value: 'on_time' });
    await pool.loader.insertRows('decisions', [decision, decision]);
    await pool.loader.insertRows('decisions', [{ ...decision, batch: 'resend' }]);
    await pool.loader.insertRows('outcomes', [label, { ...label, batch: 'resend' }]);
    expect(await countAll(project, { kind: 'correctness' })).toEqual([
      { minuteMs: T0 + MINUTE, modelVersion: 'v1', good: 1, total: 1 },
    ]);
    expect(await countAll(project, { kind: 'latency', thresholdMs: 30 }, T0 + 1)).toEqual([
      { minuteMs: T0, modelVersion: 'v1', good: 1, total: 1 },
    ]);
  });

  it('take a decision out of the minute of a label that a ruling replaced', async () => {
    const project = 'moved';
    await pool.loader.insertRows('decisions', [decisionRow({ project, id: 'a', timeMs: T0, value: 'go' })]);
    await pool.loader.insertRows('outcomes', [
      outcomeRow({ project, id: 'a', timeMs: T0, value: 'on_time' }),
    ]);
    expect(await countAll(project, { kind: 'correctness' })).toMatchObject([{ minuteMs: T0, good: 1 }]);
    await pool.loader.insertRows('outcomes', [
      outcomeRow({
        project,
        id: 'a',
        timeMs: T0 + 5 * MINUTE,
        value: 'hold',
        kind: 'ruling',
        loadedAtMs: T0 + 9,
      }),
    ]);
    const touched = await minutes.touchedMinutes({
      project: projectId.parse(project),
      system: 'flights',
      decisions: [],
      outcomes: [{ loader: 'one', loadedAtMs: T0 + 9 }],
      closedBeforeMs: T0 + MINUTE,
    });
    expect(touched).toEqual([T0]);
    expect(await countAll(project, { kind: 'correctness' }, T0 + 1)).toEqual([
      { minuteMs: T0 + 5 * MINUTE, modelVersion: '', good: 0, total: 1 },
    ]);
  });

  it('find the outcome that waited for its decision', async () => {
    const project = 'waiting';
    await pool.loader.insertRows('outcomes', [
      outcomeRow({ project, id: 'a', timeMs: T0, value: 'on_time' }),
    ]);
    expect(await countAll(project, { kind: 'correctness' })).toEqual([]);
    await pool.loader.insertRows('decisions', [
      decisionRow({ project, id: 'a', timeMs: T0 - MINUTE, value: 'go', loadedAtMs: T0 + 70, loader: 'two' }),
    ]);
    const touched = await minutes.touchedMinutes({
      project: projectId.parse(project),
      system: 'flights',
      decisions: [{ loader: 'two', loadedAtMs: T0 + 70 }],
      outcomes: [],
      closedBeforeMs: T0 + MINUTE,
    });
    expect(touched).toEqual([T0]);
  });

  it('call a decision automatic when a machine made it and no person was asked', async () => {
    const project = 'automation';
    const at = (id: string, more: Partial<Parameters<typeof decisionRow>[0]>) =>
      decisionRow({ project, id, timeMs: T0, value: 'go', ...more });
    await pool.loader.insertRows('decisions', [
      at('ai', {}),
      at('human', { actor: 'human' }),
      at('both', { actor: 'both' }),
      at('routed', { route: 'review' }),
      at('deferred', { value: 'ask' }),
    ]);
    expect(await countAll(project, { kind: 'automation' })).toMatchObject([{ good: 1, total: 5 }]);
  });

  it('leave decisions without a latency out of its SLI', async () => {
    const project = 'latency';
    await pool.loader.insertRows('decisions', [
      decisionRow({ project, id: 'fast', timeMs: T0, latencyMs: 100 }),
      decisionRow({ project, id: 'slow', timeMs: T0, latencyMs: 100.001 }),
      decisionRow({ project, id: 'unknown', timeMs: T0 }),
    ]);
    expect(await countAll(project, { kind: 'latency', thresholdMs: 100 })).toMatchObject([
      { good: 1, total: 2 },
    ]);
  });
});
