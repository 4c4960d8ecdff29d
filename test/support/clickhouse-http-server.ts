import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type TestClickhouse = {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: 'default';
  readonly pid: number;
  stop(signal?: NodeJS.Signals): Promise<void>;
};

/** A ClickHouse to be reached over HTTP: the real engine in a process of its own, behind the real protocol. */
export async function startClickhouseServer(
  path: string,
  credentials: { readonly user: string; readonly password: string } = { user: 'leeway', password: 's3cret' },
): Promise<TestClickhouse> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'clickhouse-http', 'main.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, CH_PATH: path, CH_USER: credentials.user, CH_PASSWORD: credentials.password },
  });
  const gone = once(child, 'exit');
  const port = await new Promise<string>((found, failed) => {
    createInterface(child.stdout).once('line', found);
    child.once('exit', (code) => failed(new Error(`The test server ended with ${code}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    ...credentials,
    database: 'default',
    pid: child.pid ?? -1,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await gone;
    },
  };
}
