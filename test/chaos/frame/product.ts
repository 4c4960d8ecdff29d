import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CollectorLimits } from '../../../collector/limits.ts';
import type { LedgerEntry } from '../../../store/ports/ledger.ts';
import type { Observed, Shown } from './checker.ts';
import type { Failpoint } from './phases.ts';

export type CollectorProcessOptions = {
  /** As a data directory of the whole product: `spool` beside `clickhouse`. */
  readonly directory: string;
  /** Outside of the directory: see frame/phases.ts. */
  readonly phaseFile: string;
  readonly failpoint?: Failpoint;
  readonly limits?: Partial<CollectorLimits>;
  /** SIGKILL so long after its start, be it up or not. */
  readonly dieAfterMs?: number;
};

export type Environment = Readonly<Record<string, string>>;

/** A running product, or the part of it that is under test. */
export type Product = {
  readonly process: ChildProcess;
  readonly ingestUrl: string;
  readonly lines: readonly string[];
  /** When its processes are gone, whoever ended them. */
  readonly gone: Promise<void>;
  /** SIGKILL, of everything that belongs to it; resolves when it is gone. */
  kill(): Promise<void>;
};

export type WholeProduct = Product & {
  readonly webUrl: string;
  readonly token: string;
  /** SIGKILL of Leeway alone: its Postgres is left running, for the next one to find. */
  killAlone(): Promise<void>;
  /** SIGTERM: it drains, and ends. */
  stop(): Promise<void>;
};

const CHILDREN = join(import.meta.dirname, '../children');
const ROOT = join(import.meta.dirname, '../../..');

/** Of what a process said: enough to see why it ended. */
const MOST_LINES = 1_000;

function watch(child: ChildProcess): {
  lines: string[];
  find: (pattern: RegExp) => Promise<RegExpExecArray>;
} {
  const lines: string[] = [];
  const find = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      let isFound = false;
      const take = (line: string): void => {
        if (lines.push(line) > MOST_LINES) lines.shift();
        if (isFound) return;
        const match = pattern.exec(lines.join('\n'));
        if (!match) return;
        isFound = true;
        resolve(match);
      };
      for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', take);
      child.once('close', (code, signal) =>
        reject(new Error(`it ended (${signal ?? code}) before it was up:\n${lines.slice(-20).join('\n')}`)),
      );
    });
  return { lines, find };
}

const goneOf = (child: ChildProcess): Promise<void> => once(child, 'exit').then(() => undefined);

/** Spool, loader and engine; rejects when it is ended before it is up. */
export async function startCollectorProcess(
  options: CollectorProcessOptions,
  environment: Environment = {},
): Promise<Product> {
  const child = spawn(process.execPath, [join(CHILDREN, 'collector.ts'), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
    ...(options.dieAfterMs === undefined ? {} : { timeout: options.dieAfterMs, killSignal: 'SIGKILL' }),
  });
  const gone = goneOf(child);
  const { lines, find } = watch(child);
  const [ingestUrl] = await find(/^http:\/\/\S+$/m);
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  return { process: child, ingestUrl, lines, gone, kill };
}

/** `leeway up` as a person starts it: collector, analyzers, alerts and web, with spool, chDB and the private Postgres. */
export async function startWholeProduct(
  dataDir: string,
  environment: Environment = {},
): Promise<WholeProduct> {
  const child = spawn(process.execPath, [join(ROOT, 'app/main.ts'), 'up'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      LEEWAY_DATA_DIR: dataDir,
      LEEWAY_LOG_LEVEL: 'error',
      LEEWAY_LISTEN_WEB_PORT: '0',
      LEEWAY_LISTEN_INGEST_PORT: '0',
      ...environment,
    },
  });
  const gone = goneOf(child);
  const { lines, find } = watch(child);
  const [, webUrl = '', token = '', ingestUrl = ''] = await find(
    /(http:\/\/\S+)\/\?token=(\S+)[\s\S]*?(http:\/\/\S+)\/v1\/traces/,
  );
  const kill = async (): Promise<void> => {
    // Read before: a Postgres that sees its Leeway gone must not get the time to end in order.
    const postgres = postmasterPid(dataDir);
    child.kill('SIGKILL');
    if (postgres !== undefined) killIfThere(postgres);
    await gone;
  };
  const endBy = (signal: NodeJS.Signals) => async (): Promise<void> => {
    child.kill(signal);
    await gone;
  };
  const [killAlone, stop] = [endBy('SIGKILL'), endBy('SIGTERM')];
  return { process: child, ingestUrl, webUrl, token, lines, gone, kill, killAlone, stop };
}

/** The first line of Postgres' own pid file. */
export function postmasterPid(dataDir: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8'), 10);
  } catch {
    return undefined;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** Everything that is in the store once the spool is empty. Nobody else may hold the data directory. */
export async function observe(
  dataDir: string,
  file: string,
  environment: Environment = {},
): Promise<Observed> {
  const child = spawn(process.execPath, [join(CHILDREN, 'observe.ts'), dataDir, file], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the store could not be read: ${signal ?? code}`);
  const shown: Shown[] = [];
  const ledger: LedgerEntry[] = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const read: { shown?: Shown; entry?: LedgerEntry } = JSON.parse(line);
    if (read.shown) shown.push(read.shown);
    if (read.entry) ledger.push(read.entry);
  }
  return { shown, ledger };
}
