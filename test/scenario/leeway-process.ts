import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const START_LIMIT_MS = 120_000;

export type LeewayProcess = {
  readonly webUrl: string;
  readonly ingestUrl: string;
  readonly token: string;
  readonly output: () => string;
  /** Resolves when the text stands in what it printed. */
  until(text: string | RegExp, limitMs: number): Promise<void>;
  readonly exited: Promise<number | null>;
  stop(): Promise<number | null>;
};

/** `leeway up` or `leeway demo` as a person starts it, on ports of its own. */
export async function startLeeway(
  command: 'up' | 'demo',
  dataDir: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<LeewayProcess> {
  const child = run([command], { LEEWAY_DATA_DIR: dataDir, ...environment });
  const exited = exitOf(child);
  const leeway = watch(child, exited);
  await leeway.until(/token=(\S+)/, START_LIMIT_MS);
  const text = leeway.output();
  const link = /(http:\/\/\S+)\/\?token=(\S+)/.exec(text);
  const ingest = /(http:\/\/\S+)\/v1\/traces/.exec(text);
  return { ...leeway, webUrl: link?.[1] ?? '', token: link?.[2] ?? '', ingestUrl: ingest?.[1] ?? '' };
}

/** Runs a command to its end. */
export async function runLeeway(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = run(args, environment);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => (stdout += chunk));
  child.stderr?.on('data', (chunk) => (stderr += chunk));
  return { code: await exitOf(child), stdout, stderr };
}

function run(args: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [join(ROOT, 'app/main.ts'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LEEWAY_LISTEN_WEB_PORT: '0', LEEWAY_LISTEN_INGEST_PORT: '0', ...environment },
  });
}

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', (code) => resolve(code)));

function watch(child: ChildProcess, exited: Promise<number | null>) {
  let output = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
      for (const look of waiting) look();
    });
  }
  const has = (text: string | RegExp) =>
    typeof text === 'string' ? output.includes(text) : text.test(output);
  return {
    output: () => output,
    exited,
    until: (text: string | RegExp, limitMs: number): Promise<void> =>
      new Promise((resolve, reject) => {
        const give = (what: string) => () =>
          reject(new Error(`${what} without "${text}":\n${output.slice(-4_000)}`));
        const timer = setTimeout(give(`${limitMs} ms passed`), limitMs);
        const look = () => {
          if (!has(text)) return;
          waiting.delete(look);
          clearTimeout(timer);
          resolve();
        };
        waiting.add(look);
        void exited.then(give('it ended'));
        look();
      }),
    stop: async () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}
