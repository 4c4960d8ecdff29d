import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tableStatement } from '../../store/clickhouse/migrate.ts';
import { DURABLE } from '../../store/clickhouse/settings.ts';
import { splitStatements } from '../../store/clickhouse/statements.ts';
import { type Migration, planMigrations, readMigrations } from '../../store/migrations.ts';
import { freshDirectory } from '../support/stores.ts';

const migration = (number: number, checksum = `c${number}`): Migration => ({
  ...{ number, name: `m${number}`, sql: '', checksum },
});

describe('a plan', () => {
  const known = [migration(1), migration(2), migration(3)];
  it.each([
    ['all in an empty store', [], [1, 2, 3]],
    ['the rest of a partly migrated one', [migration(1)], [2, 3]],
    ['what is missing in between', [migration(1), migration(3)], [2]],
    ['nothing when all is there', known, []],
  ])('runs %s', (_, applied, numbers) => {
    expect(planMigrations(known, applied)).toEqual({
      kind: 'run',
      pending: known.filter(({ number }) => numbers.some((one) => one === number)),
    });
  });

  it('runs over a gap in the numbers', () => {
    const gapped = [migration(1), migration(4)];
    expect(planMigrations(gapped, [migration(1)])).toEqual({ kind: 'run', pending: [migration(4)] });
    expect(planMigrations(gapped, gapped)).toEqual({ kind: 'run', pending: [] });
  });

  it('refuses a newer store before it looks at checksums', () => {
    expect(planMigrations(known, [migration(1, 'other'), migration(7)])).toEqual({
      kind: 'newer',
      number: 7,
      known: 3,
    });
  });

  it('refuses a changed migration', () => {
    expect(planMigrations(known, [migration(1), migration(2, 'other')])).toEqual({
      ...{ kind: 'changed', number: 2, name: 'm2' },
    });
  });
});

describe('migration files', () => {
  it('are read in order, with the sha256 of their bytes', () => {
    const directory = freshDirectory('migrations');
    writeFileSync(join(directory, '0002_second.sql'), 'abc');
    writeFileSync(join(directory, '0001_first.sql'), '');
    writeFileSync(join(directory, 'README.md'), 'no migration');
    // FIPS 180-2 gives the hash of "abc"; the other is that of the empty message.
    expect(readMigrations(directory)).toEqual([
      {
        number: 1,
        name: 'first',
        sql: '',
        checksum: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      },
      {
        number: 2,
        name: 'second',
        sql: 'abc',
        checksum: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      },
    ]);
  });

  it('may leave a gap, but not bear one number twice', () => {
    const directory = freshDirectory('gap');
    writeFileSync(join(directory, '0002_second.sql'), '');
    writeFileSync(join(directory, '0005_fifth.sql'), '');
    expect(readMigrations(directory).map(({ number }) => number)).toEqual([2, 5]);
    writeFileSync(join(directory, '0005_another.sql'), '');
    expect(() => readMigrations(directory)).toThrow(RangeError);
  });

  it('are cut at semicolons, but not in strings or comments', () => {
    expect(splitStatements(`-- one; two\nA 'x;''y' - 1; /* no */ B\n;; C \`d;e\` -- end`)).toEqual([
      ...[`A 'x;''y' - 1`, '/* no */ B', 'C `d;e`'],
    ]);
  });
});

describe('a table', () => {
  const sql = 'CREATE TABLE t (a UInt8) ENGINE = ReplacingMergeTree(v) ORDER BY a SETTINGS {durable}';
  it('carries the durable settings', () => {
    expect(tableStatement(sql, false)).toBe(
      `CREATE TABLE t (a UInt8) ENGINE = ReplacingMergeTree(v) ORDER BY a SETTINGS ${DURABLE.join(', ')}`,
    );
  });

  it('has a replicated twin on a cluster', () => {
    expect(tableStatement(sql, true)).toContain('ENGINE = ReplicatedReplacingMergeTree(v)');
    expect(tableStatement('ENGINE = MergeTree\nORDER BY a', true)).toBe(
      'ENGINE = ReplicatedMergeTree\nORDER BY a',
    );
  });
});
