import type { ClickhouseDb } from '../../store/ports/clickhouse.ts';
import { factsFrom } from './facts.ts';
import { type Gathered, gatherColumn } from './gather.ts';
import { judgeColumns, oneSided, ranked } from './judge.ts';
import type { ColumnResult, Limits, Report } from './report.ts';
import { type Format, type LoadedColumn, storeOf, tidyNames } from './source.ts';
import { createTable, describe, dropTable, type FactsRow, type Fill, facts, load, type Side } from './sql.ts';

/** Beyond it a comparison is a mistake: a transposed file, or one without line ends. */
export const MOST_COLUMNS = 2_000;
/** What a difference must reach to matter: 0.1 of KS or JS distance, as a shift of a quarter of a standard deviation makes. */
export const DEFAULT_LIMITS: Limits = { alpha: 0.05, limit: 0.1 };

export type Source = {
  /** What people call it. */
  readonly name: string;
  /** A path without a character that means anything to the engine. */
  readonly path: string;
  readonly format: Format;
};

export type Progress = (step: string, done: number, of: number) => void;

/** A file as a table of the engine, under its side's name. */
export type Loaded = { readonly columns: readonly LoadedColumn[]; readonly rows: number };

export async function loadSide(
  db: ClickhouseDb,
  side: Side,
  source: Source,
  fill: Fill = 'ordered',
): Promise<Loaded> {
  const { format, path } = source;
  // Cells of CSV have no type: they are read as text, and looked at.
  const described =
    format.kind === 'csv'
      ? format.names.map((name) => ({ name, type: 'String' }))
      : await db.query<{ name: string; type: string }>(describe(path, format.kind));
  if (described.length > MOST_COLUMNS)
    throw new RangeError(`it has ${described.length} columns, and at most ${MOST_COLUMNS} are compared.`);
  const names = tidyNames(described.map(({ name }) => name));
  const columns = described.map(({ type }, place) => ({
    name: names[place] ?? '',
    place,
    store: storeOf(type),
  }));
  await db.command(dropTable(side));
  await db.command(createTable(side, columns));
  await db.command(load(side, path, format, columns, fill));
  const [count] = await db.query<{ rows: number }>({ sql: `SELECT toFloat64(count()) AS rows FROM ${side}` });
  return { columns, rows: count?.rows ?? 0 };
}

/** Two loaded files → what moved, ranked. */
export async function compareLoaded(
  db: ClickhouseDb,
  reference: Source & Loaded,
  current: Source & Loaded,
  options: { readonly limits: Limits; readonly nowMs: number; readonly progress: Progress },
): Promise<Report> {
  const { limits, progress } = options;
  const byName = new Map(current.columns.map((column) => [column.name, column]));
  const gathered: Gathered[] = [];
  const alone: ColumnResult[] = [];
  for (const [done, column] of reference.columns.entries()) {
    progress('columns', done, reference.columns.length);
    const other = byName.get(column.name);
    byName.delete(column.name);
    if (other !== undefined)
      gathered.push(await gatherColumn(db, column.name, { reference: column, current: other }));
    else alone.push(await aloneIn(db, 'reference', column));
  }
  for (const column of byName.values()) alone.push(await aloneIn(db, 'current', column));
  progress('columns', reference.columns.length, reference.columns.length);
  const columns = ranked([...judgeColumns(gathered, limits), ...alone]);
  const file = (of: Source & Loaded) => ({ name: of.name, rows: of.rows, columns: of.columns.length });
  return {
    schemaVersion: 1,
    ...overall(columns, reference, current),
    madeAt: new Date(options.nowMs).toISOString(),
    reference: file(reference),
    current: file(current),
    limits,
    columns,
  };
}

async function aloneIn(db: ClickhouseDb, side: Side, column: LoadedColumn): Promise<ColumnResult> {
  const [row] = await db.query<FactsRow>(facts(side, column));
  return oneSided(column.name, factsFrom(row), side);
}

function overall(
  columns: readonly ColumnResult[],
  reference: Loaded,
  current: Loaded,
): Pick<Report, 'verdict' | 'sentence'> {
  const count = (verdict: ColumnResult['verdict']) => columns.filter((one) => one.verdict === verdict).length;
  const compared = columns.length - count('not_compared');
  const [drifted, unknown] = [count('drift'), count('not_enough_data')];
  if (reference.rows === 0 || current.rows === 0) {
    const empty = reference.rows === 0 ? 'reference' : 'current file';
    return { verdict: 'not_enough_data', sentence: `The ${empty} has no rows: nothing can be said.` };
  }
  const rest = unknown === 0 ? '' : ` ${unknown} could not be judged.`;
  if (drifted > 0)
    return { verdict: 'drift', sentence: `${drifted} of ${compared} compared columns drifted.${rest}` };
  if (unknown === compared)
    return { verdict: 'not_enough_data', sentence: 'No column could be judged: nothing can be said.' };
  return { verdict: 'ok', sentence: `None of ${compared} compared columns drifted.${rest}` };
}
