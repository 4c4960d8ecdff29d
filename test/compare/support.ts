import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { compareLoaded, DEFAULT_LIMITS, loadSide } from '../../analyzers/compare/compare.ts';
import type { ColumnKind } from '../../analyzers/compare/facts.ts';
import type { ColumnResult, Report } from '../../analyzers/compare/report.ts';
import { openFileEngine } from '../../app/commands/file-engine.ts';
import { TEXT_SIGNS } from '../../store/clickhouse/derived-sql.ts';
import { freshDirectory } from '../support/stores.ts';

export const NOW_MS = Date.parse('2026-11-22T12:00:00Z');
export const directory = freshDirectory('compare');
export const engine = openFileEngine();
afterAll(() => engine.close());

export function write(name: string, content: string | Buffer): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

/** Two files on disk → the report, through the same doors as the command. */
export async function compareFiles(
  reference: string,
  current: string,
  kinds: ReadonlyMap<string, ColumnKind> = new Map(),
): Promise<Report> {
  const open = async (file: string, side: 'reference' | 'current') => {
    const linked = await engine.link(file, side);
    if (linked.kind === 'refused') throw new Error(linked.sentence);
    return {
      ...linked.source,
      ...(await loadSide(engine.db, side, linked.source, { fill: 'fast', keep: linked.keep })),
    };
  };
  const [before, after] = [await open(reference, 'reference'), await open(current, 'current')];
  const options = {
    limits: DEFAULT_LIMITS,
    nowMs: NOW_MS,
    progress: () => undefined,
    signs: TEXT_SIGNS,
    kinds,
  };
  return compareLoaded(engine.db, before, after, options);
}

/** One column of two files. */
export async function compareColumn(
  reference: readonly (string | number)[],
  current: readonly (string | number)[],
): Promise<ColumnResult> {
  // A second column keeps a line with an empty cell from being an empty line.
  const both = (values: readonly (string | number)[]) =>
    `x,other\n${values.map((value) => `${value},1\n`).join('')}`;
  const report = await compareFiles(
    write('reference.csv', both(reference)),
    write('current.csv', both(current)),
  );
  const column = report.columns.find(({ name }) => name === 'x');
  if (column === undefined) throw new Error('no column x');
  return column;
}
