import { isFiring } from '../../model/finding.ts';
import type { DriftCell } from '../../store/ports/reads.ts';
import type { Heatmap } from '../contract/systems.ts';

/** Columns at most; more are merged, and a merged cell shows the worst of its steps. */
const COLUMNS = 300;

export function heatmapOf(
  monitor: {
    readonly name: string;
    readonly statistic: string;
    readonly limit: number;
    readonly stepMs: number;
    readonly monitors: readonly string[];
  },
  cells: readonly DriftCell[],
): Heatmap {
  const ends = [...new Set(cells.map((cell) => cell.windowEndMs))].sort((a, b) => a - b);
  const first = ends[0] ?? 0;
  const steps = ends.length === 0 ? 0 : Math.round(((ends.at(-1) ?? first) - first) / monitor.stepMs) + 1;
  const merged = Math.max(1, Math.ceil(steps / COLUMNS));
  const stepMs = monitor.stepMs * merged;
  const columns = Math.ceil(steps / merged);
  // A cell stands over the step that ended its window: the newest part of what was looked at.
  const t = Array.from({ length: columns }, (_, i) => first - monitor.stepMs + i * stepMs);
  const features = [...new Set(cells.map((cell) => cell.subject))];
  const rows = features.map((feature) => {
    const row: Heatmap['cells'][number] = t.map(() => null);
    for (const cell of cells) {
      if (cell.subject !== feature) continue;
      const i = Math.floor(Math.round((cell.windowEndMs - first) / monitor.stepMs) / merged);
      const next = { value: cell.value, verdict: cell.verdict, n: cell.n };
      const before = row[i] ?? null;
      if (before === null || isWorse(next, before)) row[i] = next;
    }
    return { feature, row };
  });
  const worst = (row: Heatmap['cells'][number]) => Math.max(0, ...row.map((cell) => cell?.value ?? 0));
  rows.sort((a, b) => worst(b.row) - worst(a.row) || (a.feature < b.feature ? -1 : 1));
  return {
    monitor: monitor.name,
    monitors: [...monitor.monitors],
    statistic: monitor.statistic,
    limit: monitor.limit,
    t,
    stepMs,
    features: rows.map(({ feature }) => feature),
    cells: rows.map(({ row }) => row),
  };
}

type Cell = NonNullable<Heatmap['cells'][number][number]>;
const isWorse = (a: Cell, b: Cell): boolean =>
  isFiring(a.verdict) !== isFiring(b.verdict) ? isFiring(a.verdict) : (a.value ?? -1) > (b.value ?? -1);
