import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

/** What figures are worth nothing without. */
export type Machine = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly node: string;
  readonly chdb: string;
  readonly leeway: string;
};

const ROOT = join(import.meta.dirname, '..');
const versionIn = (path: string): string => JSON.parse(readFileSync(join(ROOT, path), 'utf8')).version;

export const thisMachine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGib: Math.round(totalmem() / 1024 ** 3),
  node: process.version,
  chdb: versionIn('node_modules/chdb/package.json'),
  leeway: versionIn('package.json'),
});

/** Of the product that was measured. */
export function thisCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    return 'no repository';
  }
}
