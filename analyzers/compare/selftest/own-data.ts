import type { ClickhouseDb } from '../../../store/ports/clickhouse.ts';
import { kindOf } from '../facts.ts';
import { lookAt, placesWithFew } from '../look.ts';
import type { LoadedColumn } from '../source.ts';
import type { Cell } from './inject.ts';
import type { OwnColumn } from './run.ts';
import { sampledCells, sampleTable } from './sample-sql.ts';

/** Rows drawn from the file: a reference of five thousand, and windows of up to three. */
const MOST_ROWS = 10_000;
const MOST_COLUMNS = 200;

export type OwnData = {
  readonly columns: readonly OwnColumn[];
  /** Columns that were not tried, with their kind. */
  readonly left: readonly { readonly name: string; readonly kind: string }[];
};

/** Draws rows of the loaded reference. Columns that a comparison does not test by value are left out. */
export async function ownData(
  db: ClickhouseDb,
  loaded: readonly LoadedColumn[],
  seed: number,
): Promise<OwnData> {
  for (const statement of sampleTable(MOST_ROWS, seed)) await db.command(statement);
  const few = await placesWithFew(db, 'reference', loaded);
  const columns: OwnColumn[] = [];
  const left: { name: string; kind: string }[] = [];
  for (const column of loaded) {
    const { facts: own } = await lookAt(db, 'reference', column, few.has(column.place));
    const { kind } = kindOf(column.name, own, own);
    const tried = kind === 'numeric' || kind === 'discrete' || kind === 'categorical';
    if (!tried || own.distinct < 2) left.push({ name: column.name, kind: tried ? 'constant' : kind });
    else if (columns.length >= MOST_COLUMNS) left.push({ name: column.name, kind: `beyond ${MOST_COLUMNS}` });
    else {
      const as = kind === 'categorical' ? 'text' : 'number';
      const rows = await db.query<{ cell: Cell }>(sampledCells(column, as));
      columns.push({ name: column.name, kind, cells: rows.map(({ cell }) => cell) });
    }
  }
  return { columns, left };
}
