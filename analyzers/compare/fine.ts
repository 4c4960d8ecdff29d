import type { ClickhouseDb } from '../../store/ports/clickhouse.ts';
import { wassersteinFromCounts } from '../stats/index.ts';
import type { FineBin } from './bins.ts';
import {
  binCounts,
  edges,
  type Grid,
  gridCounts,
  type Measure,
  type Pair,
  valueCounts,
} from './counts-sql.ts';
import { type Counted, type Look, MOST_VALUES } from './look.ts';

/** Beyond MOST_VALUES values are counted in this many bins of about equal mass: 0.2 % of the rows in each. */
const FINE_BINS = 512;
const GRID_CELLS = 16_384;

/** A column's numbers with how often both sides have them, ascending: each by itself where they are few, else in fine bins. */
export async function fineNumbers(
  db: ClickhouseDb,
  pair: Pair,
  reference: Look,
  current: Look,
): Promise<readonly FineBin[]> {
  if (reference.values !== null && current.values !== null) return merged(reference.values, current.values);
  const distinct = Math.max(reference.facts.distinct, current.facts.distinct);
  // `distinct` is within a percent: well above the bound there is no need to group by value to find out.
  const values = distinct > MOST_VALUES * 1.1 ? null : await countedValues(db, pair, 'number');
  if (values !== null) return values;
  return (await onGrid(db, pair, reference, current)) ?? (await betweenQuantiles(db, pair));
}

/** Every value of a measure with its counts; null where there are more than MOST_VALUES. */
export async function countedValues(
  db: ClickhouseDb,
  pair: Pair,
  measure: Measure,
): Promise<FineBin[] | null> {
  type Row = { readonly v: number; readonly r: number; readonly c: number };
  const rows = await db.query<Row>(valueCounts(pair, measure, MOST_VALUES + 1));
  if (rows.length > MOST_VALUES) return null;
  return rows.map(({ v, r, c }) => ({ from: v, to: v, reference: r, current: c }));
}

function merged(reference: readonly Counted[], current: readonly Counted[]): FineBin[] {
  const counts = new Map<number, { reference: number; current: number }>();
  for (const [side, values] of [['reference', reference] as const, ['current', current] as const])
    for (const { number, rows } of values) {
      if (number === null) continue;
      const one = counts.get(number) ?? { reference: 0, current: 0 };
      one[side] += rows;
      counts.set(number, one);
    }
  return [...counts].map(([at, one]) => ({ from: at, to: at, ...one })).sort((a, b) => a.from - b.from);
}

/**
 * Counts on an even grid, then neighbours joined to bins of equal mass: a sixth of what sorting values between quantiles
 * takes. undefined where the grid is too coarse for these numbers: a cell that holds more than a bin should (a value that
 * many rows have, a cluster far from the rest).
 */
async function onGrid(
  db: ClickhouseDb,
  pair: Pair,
  reference: Look,
  current: Look,
): Promise<FineBin[] | undefined> {
  const low = Math.min(reference.ends[0], current.ends[0]);
  const high = Math.max(reference.ends[1], current.ends[1]);
  const perUnit = GRID_CELLS / (high - low);
  if (!(perUnit > 0 && Number.isFinite(perUnit))) return undefined;
  const grid: Grid = { low, perUnit, cells: GRID_CELLS };
  const counts = new Float64Array(2 * GRID_CELLS);
  for (const [at, side] of [[0, 'reference'] as const, [1, 'current'] as const]) {
    const [row] = await db.query<{ cells: number[]; counts: number[] }>(gridCounts(side, pair[side], grid));
    for (const [i, cell] of (row?.cells ?? []).entries()) counts[2 * cell + at] = row?.counts[i] ?? 0;
  }
  return joined(counts, grid, {
    low: Math.min(reference.facts.low, current.facts.low),
    high: Math.max(reference.facts.high, current.facts.high),
  });
}

function joined(
  counts: Float64Array,
  { low, perUnit, cells }: Grid,
  range: { readonly low: number; readonly high: number },
): FineBin[] | undefined {
  const most = counts.reduce((sum, n) => sum + n, 0) / FINE_BINS;
  const bins: FineBin[] = [];
  let open = { from: range.low, reference: 0, current: 0 };
  for (let cell = 0; cell < cells; cell += 1) {
    const [r, c] = [counts[2 * cell] ?? 0, counts[2 * cell + 1] ?? 0];
    if (r + c > most) return undefined;
    const held = open.reference + open.current;
    if (held > 0 && held + r + c > most) {
      const to = low + cell / perUnit;
      bins.push({ ...open, to });
      open = { from: to, reference: 0, current: 0 };
    }
    open.reference += r;
    open.current += c;
  }
  bins.push({ ...open, to: range.high });
  return bins;
}

async function betweenQuantiles(db: ClickhouseDb, pair: Pair): Promise<FineBin[]> {
  type EdgesRow = { edges: number[]; low: number; high: number };
  const [found] = await db.query<EdgesRow>(edges(pair, FINE_BINS));
  if (found === undefined) return [];
  const at = [...new Set([found.low, ...found.edges])].sort((a, b) => a - b);
  const rows = await db.query<{ edge: number; r: number; c: number }>(binCounts(pair, at));
  const next = new Map(at.map((from, i) => [from, at[i + 1] ?? found.high]));
  return rows.map(({ edge, r, c }) => ({
    from: edge,
    to: next.get(edge) ?? found.high,
    reference: r,
    current: c,
  }));
}

/** Wasserstein's distance in standard deviations; single values count as bins that reach to the next value. */
export function moveSd(fine: readonly FineBin[], sd: number): number | null {
  if (!(sd > 0) || fine.length < 2) return null;
  // A mass point is moved as one: the area between the distribution functions, which are steps between values.
  if (fine.every(({ from, to }) => from === to)) return stepArea(fine) / sd;
  const at = [...fine.map(({ from }) => from), fine.at(-1)?.to ?? 0];
  const sides = [fine.map(({ reference }) => reference), fine.map(({ current }) => current)] as const;
  const distance = wassersteinFromCounts(at, ...sides);
  return distance.kind === 'value' ? distance.value / sd : null;
}

function stepArea(fine: readonly FineBin[]): number {
  const n = fine.reduce((sum, bin) => sum + bin.reference, 0);
  const m = fine.reduce((sum, bin) => sum + bin.current, 0);
  let gap = 0;
  let area = 0;
  for (const [i, bin] of fine.entries()) {
    gap += bin.reference / n - bin.current / m;
    area += Math.abs(gap) * ((fine[i + 1]?.from ?? bin.from) - bin.from);
  }
  return area;
}
