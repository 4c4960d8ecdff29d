import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../model/failure.ts';

export type Migration = {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
};
export type Applied = { readonly number: number; readonly name: string; readonly checksum: string };

const FILE = /^(\d{4})_([a-z0-9_]+)\.sql$/;

export function readMigrations(directory: string): Migration[] {
  const migrations = readdirSync(directory)
    .flatMap((file) => {
      const [, number, name] = FILE.exec(file) ?? [];
      if (number === undefined || name === undefined) return [];
      const sql = readFileSync(join(directory, file), 'utf8');
      return [
        { number: Number(number), name, sql, checksum: createHash('sha256').update(sql).digest('hex') },
      ];
    })
    .sort((a, b) => a.number - b.number);
  migrations.forEach((migration, index) => {
    if (migration.number === migrations[index - 1]?.number)
      throw new RangeError(`Two migrations bear one number: ${migration.number} in ${directory}`);
  });
  return migrations;
}

export type MigrationPlan =
  | { readonly kind: 'run'; readonly pending: readonly Migration[] }
  | { readonly kind: 'changed'; readonly number: number; readonly name: string }
  | { readonly kind: 'newer'; readonly number: number; readonly known: number };

/** What is left to do, or why nothing may be done. */
export function planMigrations(known: readonly Migration[], applied: readonly Applied[]): MigrationPlan {
  const byNumber = new Map(applied.map((one) => [one.number, one]));
  const newest = Math.max(0, ...byNumber.keys());
  // Numbers may leave gaps: branches take theirs before they land.
  const newestKnown = known.at(-1)?.number ?? 0;
  if (newest > newestKnown) return { kind: 'newer', number: newest, known: newestKnown };
  const changed = known.find((migration) => {
    const before = byNumber.get(migration.number);
    return before !== undefined && before.checksum !== migration.checksum;
  });
  if (changed !== undefined) return { kind: 'changed', number: changed.number, name: changed.name };
  return { kind: 'run', pending: known.filter((migration) => !byNumber.has(migration.number)) };
}

/** The migrations to run; throws with a sentence that says what to do when the store is not one for this program. */
export function pendingMigrations(
  store: 'ClickHouse' | 'Postgres',
  known: readonly Migration[],
  applied: readonly Applied[],
): readonly Migration[] {
  const plan = planMigrations(known, applied);
  switch (plan.kind) {
    case 'run':
      return plan.pending;
    case 'newer':
      throw new Failure(
        'store_newer_than_program',
        `The ${store} store is at migration ${plan.number}, this Leeway knows ${plan.known}: start the newer Leeway that was here before, or restore a backup made by this version.`,
        { retryable: false },
      );
    case 'changed':
      throw new Failure(
        'migration_changed',
        `Migration ${plan.number} (${plan.name}) of the ${store} store differs from the one that was applied: use the release that made this store, or an unedited copy of this one.`,
        { retryable: false },
      );
  }
}
