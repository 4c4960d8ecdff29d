import type { ClickhouseDb } from '../../store/ports/clickhouse.ts';
import type { ColumnKind } from './facts.ts';
import { gatherColumn } from './gather.ts';
import type { Gathered } from './gathered.ts';
import { judgeColumns, oneSided, ranked } from './judge.ts';
import { createTable, describe, dropTable, type Fill, type Keep, load, type Side } from './load-sql.ts';
import { lookAt, placesWithFew } from './look.ts';
import type { ColumnResult, Limits, Report } from './report.ts';
import { type Format, type LoadedColumn, storeOf, tidyNames } from './source.ts';
import type { TextSigns } from './text.ts';

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
  { fill, keep }: { readonly fill: Fill; readonly keep: Keep } = { fill: 'ordered', keep: 'disk' },
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
  await db.command(createTable(side, columns, keep));
  await db.command(load(side, path, format, columns, fill));
  const [count] = await db.query<{ rows: number }>({ sql: `SELECT toFloat64(count()) AS rows FROM ${side}` });
  return { columns, rows: count?.rows ?? 0 };
}

export type CompareOptions = {
  readonly limits: Limits;
  readonly nowMs: number;
  readonly progress: Progress;
  readonly signs: TextSigns;
  /** Kinds that a person has said, by column. */
  readonly kinds?: ReadonlyMap<string, ColumnKind>;
  /** Columns looked at side by side: as many as the engine has connections and the machine has cores. */
  readonly atOnce?: number;
};

/** Two loaded files → what moved, ranked. */
export async function compareLoaded(
  db: ClickhouseDb,
  reference: Source & Loaded,
  current: Source & Loaded,
  options: CompareOptions,
): Promise<Report> {
  const { limits, kinds, progress } = options;
  const few = {
    reference: await placesWithFew(db, 'reference', reference.columns),
    current: await placesWithFew(db, 'current', current.columns),
  };
  const names = [...new Set([...reference.columns, ...current.columns].map(({ name }) => name))];
  const [before, after] = [byName(reference), byName(current)];
  const gathered: Gathered[] = [];
  const alone: ColumnResult[] = [];
  let done = 0;
  progress('columns', done, names.length);
  await inTurns(names, options.atOnce ?? 1, async (name) => {
    const pair = { reference: before.get(name), current: after.get(name) };
    const said = kinds?.get(name);
    if (pair.reference !== undefined && pair.current !== undefined)
      gathered.push(
        await gatherColumn(
          db,
          name,
          { reference: pair.reference, current: pair.current },
          {
            // About what the first step of Holm's leaves a check, before the checks are counted.
            ...{ alpha: limits.alpha / (CHECKS_PER_COLUMN * names.length), limit: limits.limit },
            signs: options.signs,
            kind: said && { kind: said, because: 'as you say' },
            few: {
              reference: few.reference.has(pair.reference.place),
              current: few.current.has(pair.current.place),
            },
          },
        ),
      );
    else if (pair.reference !== undefined) alone.push(await aloneIn(db, 'reference', pair.reference));
    else if (pair.current !== undefined) alone.push(await aloneIn(db, 'current', pair.current));
    progress('columns', ++done, names.length);
  });
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
const CHECKS_PER_COLUMN = 3;

const byName = ({ columns }: Loaded): Map<string, LoadedColumn> =>
  new Map(columns.map((column) => [column.name, column]));

/** So many at a time, each when one before it is done. */
async function inTurns<T>(all: readonly T[], atOnce: number, work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const one of left) await work(one);
    }),
  );
}

async function aloneIn(db: ClickhouseDb, side: Side, column: LoadedColumn): Promise<ColumnResult> {
  return oneSided(column.name, (await lookAt(db, side, column, false)).facts, side);
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
