import { existsSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { availableParallelism, freemem, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Source } from '../../analyzers/compare/compare.ts';
import { firstLine, type Keep } from '../../analyzers/compare/load-sql.ts';
import { formatByName, readHeader } from '../../analyzers/compare/source.ts';
import { createChdbPool } from '../../store/clickhouse/chdb.ts';
import type { ClickhouseDb } from '../../store/ports/clickhouse.ts';

export type FileEngine = {
  readonly db: ClickhouseDb;
  /** Statements that run side by side on it. */
  readonly lanes: number;
  /** Gives a person's file a name without meaning, whatever its own holds, and finds out how it is written. */
  readonly link: (file: string, as: string) => Promise<LinkedFile>;
  readonly close: () => Promise<void>;
};

export type LinkedFile =
  | { readonly kind: 'linked'; readonly source: Source; readonly keep: Keep }
  | { readonly kind: 'refused'; readonly code: 1 | 2 | 3; readonly sentence: string };

/** ClickHouse in this process, for the length of one command, in a directory that goes with it. No server, no data of Leeway's. */
export function openFileEngine(): FileEngine {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-compare-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  process.once('SIGINT', () => process.exit(130));
  const lanes = Math.min(MOST_LANES, availableParallelism());
  const pool = createChdbPool({ path: join(directory, 'engine'), apiConnections: lanes });
  const db = pool.api;
  return {
    ...{ db, lanes },
    link: (file, as) => linkFile(db, directory, file, as),
    close: async () => {
      await pool.close();
      remove();
    },
  };
}

const MOST_LANES = 8;
/** Bytes of a table for each byte of its file, at worst: text packs to a tenth, Parquet to a third or so. */
const GROWTH = { packed: 20, csv: 3, ndjson: 2, parquet: 5 } as const;
/** Both files together take half of what is free at most. */
const MEMORY_SHARE = 0.25;

function keepOf(bytes: number, { format, ending }: { format: keyof typeof GROWTH; ending: string }): Keep {
  const growth = ending === format ? GROWTH[format] : Math.max(GROWTH[format], GROWTH.packed);
  return bytes * growth <= freemem() * MEMORY_SHARE ? 'memory' : 'disk';
}

async function linkFile(db: ClickhouseDb, directory: string, file: string, as: string): Promise<LinkedFile> {
  const refused = (code: 1 | 2 | 3, sentence: string) => ({ kind: 'refused', code, sentence }) as const;
  if (!existsSync(file)) return refused(3, `${file}: there is no such file.`);
  const stat = statSync(file);
  if (!stat.isFile()) return refused(2, `${file} is not a file.`);
  if (stat.size === 0) return refused(1, `${file} is empty: there is nothing to compare.`);
  const found = formatByName(basename(file));
  if (found.kind === 'unknown') return refused(2, `${file}: ${found.sentence}`);
  const path = join(directory, `${as}.${found.ending}`);
  rmSync(path, { force: true });
  symlinkSync(realpathSync(file), path);
  const source = { name: basename(file), path };
  const keep = keepOf(stat.size, found);
  if (found.format !== 'csv')
    return { kind: 'linked', keep, source: { ...source, format: { kind: found.format } } };
  const [header] = await db.query<{ line: string }>(firstLine(path));
  return { kind: 'linked', keep, source: { ...source, format: readHeader(header?.line ?? '') } };
}
