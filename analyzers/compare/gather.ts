import type { ClickhouseDb } from '../../store/ports/clickhouse.ts';
import { wassersteinFromCounts } from '../stats/index.ts';
import type { FineBin } from './bins.ts';
import { type ColumnKind, type Facts, factsFrom, kindOf } from './facts.ts';
import type { Numbers, SideNumbers } from './report.ts';
import type { LoadedColumn } from './source.ts';
import {
  binCounts,
  categoryCounts,
  edges,
  type FactsRow,
  FEW_TEXTS,
  facts,
  fewTexts,
  type Measure,
  type Pair,
  type Side,
  summary,
  valueCounts,
} from './sql.ts';

/** Up to here every value is counted by itself, and the statistics are those of the raw values. */
const MOST_VALUES = 2_000;
/** Beyond it values are counted between this many quantiles: 0.2 % of the rows in each. */
const FINE_BINS = 512;
const MOST_CATEGORIES = 1_000;

export type Category = { readonly value: string; readonly reference: number; readonly current: number };

/** What was counted of one column that both files have. */
export type Gathered = {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly reference: Facts;
  readonly current: Facts;
  readonly fine: readonly FineBin[];
  readonly numbers: Numbers | null;
  readonly categories: readonly Category[];
};

export async function gatherColumn(db: ClickhouseDb, name: string, pair: Pair): Promise<Gathered> {
  const reference = await factsOf(db, 'reference', pair.reference);
  const current = await factsOf(db, 'current', pair.current);
  const of = { reference: factsFrom(reference), current: factsFrom(current) };
  const kind = kindOf(of.reference, of.current);
  const bare = { name, kind, ...of, fine: [], numbers: null, categories: [] };
  if (kind === 'categorical') return { ...bare, categories: await categories(db, pair) };
  if (kind !== 'numeric' && kind !== 'discrete' && kind !== 'text') return bare;
  const measure = kind === 'text' ? 'length' : 'number';
  // A text's length has few values however many texts there are.
  const distinct = kind === 'text' ? 0 : Math.max(of.reference.distinct, of.current.distinct);
  const fine = await fineBins(db, pair, measure, distinct);
  const sides = [
    await sideNumbers(db, 'reference', pair, measure),
    await sideNumbers(db, 'current', pair, measure),
  ];
  const [before, after] = sides;
  if (before === undefined || after === undefined) return { ...bare, fine };
  return { ...bare, fine, numbers: { reference: before, current: after, moveSd: moveSd(fine, before.sd) } };
}

async function factsOf(db: ClickhouseDb, side: Side, of: LoadedColumn): Promise<FactsRow | undefined> {
  const [few] = of.store === 'text' ? await db.query<{ texts: number }>(fewTexts(side, of)) : [];
  const [row] = await db.query<FactsRow>(facts(side, of, few !== undefined && few.texts <= FEW_TEXTS));
  return row;
}

type CountsRow = { readonly v: number; readonly r: number; readonly c: number };

/** `distinct` is within a percent: well above the bound there is no need to group by value to find out. */
async function fineBins(
  db: ClickhouseDb,
  pair: Pair,
  measure: Measure,
  distinct: number,
): Promise<FineBin[]> {
  const values =
    distinct > MOST_VALUES * 1.1
      ? undefined
      : await db.query<CountsRow>(valueCounts(pair, measure, MOST_VALUES + 1));
  if (values !== undefined && values.length <= MOST_VALUES)
    return values.map(({ v, r, c }) => ({ from: v, to: v, reference: r, current: c }));
  type EdgesRow = { edges: number[]; low: number; high: number };
  const [found] = await db.query<EdgesRow>(edges(pair, measure, FINE_BINS));
  if (found === undefined) return [];
  const at = [...new Set([found.low, ...found.edges])].sort((a, b) => a - b);
  const rows = await db.query<Omit<CountsRow, 'v'> & { edge: number }>(binCounts(pair, measure, at));
  const next = new Map(at.map((from, i) => [from, at[i + 1] ?? found.high]));
  return rows.map(({ edge, r, c }) => ({
    from: edge,
    to: next.get(edge) ?? found.high,
    reference: r,
    current: c,
  }));
}

type SummaryRow = { mean: number | null; sd: number | null; low: number; high: number; levels: number[] };

async function sideNumbers(
  db: ClickhouseDb,
  side: Side,
  pair: Pair,
  measure: Measure,
): Promise<SideNumbers | undefined> {
  const [row] = await db.query<SummaryRow>(summary(side, pair[side], measure));
  // No finite value on this side: its mean is NaN, which travels as null.
  if (row === undefined || row.mean === null || row.sd === null) return undefined;
  // Rounding leaves a constant column with a spread of 1e-8, which no distance may be divided by.
  return { ...row, mean: row.mean, sd: row.low === row.high ? 0 : row.sd };
}

async function categories(db: ClickhouseDb, pair: Pair): Promise<Category[]> {
  type Row = { v: string; r: number; c: number };
  const rows = await db.query<Row>(categoryCounts(pair, MOST_CATEGORIES));
  return rows.map(({ v, r, c }) => ({ value: v, reference: r, current: c }));
}

/** Wasserstein's distance in standard deviations; single values count as bins that reach to the next value. */
function moveSd(fine: readonly FineBin[], sd: number): number | null {
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
