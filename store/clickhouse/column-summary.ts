import { OTHER_CATEGORY } from '../../model/distribution.ts';
import { emptySummary, type FeatureSummary, sketchOf } from '../../model/feature-summary.ts';
import { coarsenBins, stepFor } from '../../model/numeric-bins.ts';
import type { ClickhouseDb } from '../ports/clickhouse.ts';
import { CATEGORY_BYTES, TOP_CATEGORIES } from './profile-rows-sql.ts';
import { binKeySql } from './profiles-sql.ts';

/** A column as expressions over its table: names and expressions are of our own making, never a file's. */
export type Column = {
  readonly table: 'reference';
  readonly feature: string;
  /** Nullable(Float64). */
  readonly number: string;
  /** Nullable(String). */
  readonly text: string;
  readonly kind: 'numeric' | 'categorical';
};

type BinRow = { bin: number; n: number; sum: number; sumSq: number; low: number; high: number };

/** One column of a table as a profile, with the same bins and bounds as those of decisions. One scan. */
export async function summariseColumn(
  db: ClickhouseDb,
  column: Column,
  rows: number,
): Promise<FeatureSummary> {
  return column.kind === 'numeric' ? numbers(db, column, rows) : texts(db, column, rows);
}

async function numbers(db: ClickhouseDb, { table, feature, number }: Column, rows: number) {
  const counted = await db.query<BinRow>({
    sql: `SELECT ${binKeySql('v')} AS bin, toFloat64(count()) AS n, sum(v) AS sum, sum(v * v) AS sumSq, min(v) AS low, max(v) AS high
      FROM (SELECT assumeNotNull(${number}) AS v FROM ${table} WHERE isFinite(${number}))
      GROUP BY bin ORDER BY bin`,
  });
  const fine = new Map(counted.map(({ bin, n }) => [bin, n]));
  const binStep = stepFor(fine);
  const total = (of: (row: BinRow) => number): number => counted.reduce((sum, row) => sum + of(row), 0);
  return {
    ...emptySummary(feature),
    missing: rows - total(({ n }) => n),
    sum: total(({ sum }) => sum),
    sumSq: total(({ sumSq }) => sumSq),
    min: counted.length === 0 ? null : Math.min(...counted.map(({ low }) => low)),
    max: counted.length === 0 ? null : Math.max(...counted.map(({ high }) => high)),
    bins: coarsenBins(fine, binStep),
    sketch: sketchOf(binStep, new Map()),
  };
}

async function texts(db: ClickhouseDb, { table, feature, text }: Column, rows: number) {
  const counted = await db.query<{ v: string; n: number; of: number }>({
    sql: `SELECT v, toFloat64(count()) AS n, toFloat64(sum(count()) OVER ()) AS of
      FROM (SELECT assumeNotNull(${text}) AS v FROM ${table} WHERE ${text} IS NOT NULL)
      GROUP BY v ORDER BY n DESC, v LIMIT ${TOP_CATEGORIES}`,
  });
  let bytes = 0;
  const shown = counted.filter(({ v }) => {
    bytes += Buffer.byteLength(v) + 8;
    return bytes <= CATEGORY_BYTES;
  });
  const all = counted[0]?.of ?? 0;
  const rest = all - shown.reduce((sum, { n }) => sum + n, 0);
  const categories = new Map(shown.map(({ v, n }) => [v, n]));
  if (rest > 0) categories.set(OTHER_CATEGORY, rest);
  return { ...emptySummary(feature), missing: rows - all, categories, sketch: sketchOf(1, categories) };
}
