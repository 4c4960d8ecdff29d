import { chiSquareContingency } from '../stats/chi-square.ts';
import { adjustPValues } from '../stats/corrections.ts';
import { poolRareBins } from '../stats/pool-rare.ts';
import { percentWords } from '../words.ts';
import { type Column, countCodes } from './table.ts';

export type Moved = {
  readonly column: Column;
  readonly distance: number;
  readonly pValue: number;
  readonly sentence: string;
};

/** Features by how far their distribution moved, the evident ones first; p from a chi-square contingency test on pooled bins, BH over all. */
export function movedFeatures(columns: readonly Column[]): readonly Moved[] {
  const measured = columns.map((column) => {
    const baseline = countCodes(column.baseline, column.labels.length);
    const where = countCodes(column.where, column.labels.length);
    const pooled = poolRareBins(baseline, where, 'categories');
    const test = pooled.kind === 'value' ? chiSquareContingency(pooled.reference, pooled.current) : pooled;
    return { column, baseline, where, pValue: test.kind === 'value' ? test.pValue : 1 };
  });
  const adjusted = adjustPValues(
    measured.map(({ pValue }) => pValue),
    'benjamini_hochberg',
  );
  const ps = adjusted.kind === 'value' ? adjusted.adjusted : new Float64Array(measured.length).fill(1);
  return measured
    .map(({ column, baseline, where }, i) => {
      const [p, q] = [shares(baseline), shares(where)];
      const distance = p.reduce((sum, share, code) => sum + Math.abs(share - (q[code] ?? 0)), 0) / 2;
      return { column, distance, pValue: ps[i] ?? 1, sentence: largestMove(column, p, q) };
    })
    .sort((a, b) => Number(a.pValue > 0.05) - Number(b.pValue > 0.05) || b.distance - a.distance);
}

const shares = (counts: readonly number[]): number[] => {
  const n = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (n > 0 ? count / n : 0));
};

function largestMove({ labels }: Column, p: readonly number[], q: readonly number[]): string {
  const move = (code: number): number => (q[code] ?? 0) - (p[code] ?? 0);
  const most = labels.reduce(
    (best, _, code) => (Math.abs(move(code)) > Math.abs(move(best)) ? code : best),
    0,
  );
  return `${labels[most] ?? ''}: ${percentWords(p[most] ?? 0)} → ${percentWords(q[most] ?? 0)}`;
}

/** Correlation of two features' surprises from which on they are said to move together. */
const TOGETHER = 0.5;

/**
 * Features whose change comes in the same decisions. Each decision's surprise at a feature is ln(q/p) of its bin; features
 * whose surprises correlate by `TOGETHER` or more are one cluster (single linkage). Kinds and scales do not matter.
 */
export function clustersOf(moved: readonly Moved[]): readonly number[] {
  const surprises = moved.map(({ column }) => surpriseOf(column));
  const cluster = moved.map((_, i) => i);
  for (const [i, own] of surprises.entries())
    for (let j = 0; j < i; j += 1) {
      const other = surprises[j];
      if (other === undefined || correlation(own, other) < TOGETHER) continue;
      const [from, to] = [cluster[i], cluster[j]];
      for (const [k, name] of cluster.entries()) if (name === from && to !== undefined) cluster[k] = to;
    }
  const numbers = new Map([...new Set(cluster)].map((name, i) => [name, i + 1]));
  return cluster.map((name) => numbers.get(name) ?? 0);
}

function surpriseOf(column: Column): Float64Array {
  const bins = column.labels.length;
  const half = (counts: readonly number[]): number[] => {
    const n = counts.reduce((sum, count) => sum + count, 0) + bins / 2;
    return counts.map((count) => (count + 0.5) / n);
  };
  const [p, q] = [half(countCodes(column.baseline, bins)), half(countCodes(column.where, bins))];
  return Float64Array.from(column.where, (code) => Math.log((q[code] ?? 1) / (p[code] ?? 1)));
}

function correlation(x: Float64Array, y: Float64Array): number {
  const n = x.length;
  const [mx, my] = [x, y].map((values) => values.reduce((sum, value) => sum + value, 0) / n);
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < n; i += 1) {
    const [dx, dy] = [(x[i] ?? 0) - (mx ?? 0), (y[i] ?? 0) - (my ?? 0)];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
