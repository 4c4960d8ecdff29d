import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../config/environment.ts';
import type { Config } from '../config/schema.ts';
import { untilSignal } from '../lifecycle.ts';
import { bringUp, dashboardLink } from './up.ts';

const SERVICE = join(import.meta.dirname, '../../examples/flights/main.ts');

/** `leeway demo`: an empty Leeway of its own, and a service that sends it months of real flights in minutes. */
export async function demo(config: Config, environment: Environment): Promise<number> {
  const dataDir = join(config.dataDir, 'demo');
  rmSync(dataDir, { recursive: true, force: true });
  const running = await bringUp({ ...config, dataDir }, environment, 'warn');
  process.stdout.write(`
  Leeway is up. Open  ${dashboardLink(running)}

  A service now decides for each plane that flew to O'Hare from January to June 2001 whether its connecting
  passengers' flights are held. Months pass in minutes. Dates below are those of 2001.

`);
  const service = spawn(process.execPath, [SERVICE], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      LEEWAY_URL: running.webUrl,
      LEEWAY_INGEST_URL: running.ingestUrl,
      LEEWAY_TOKEN: running.token,
    },
  });
  const ended = exitOf(service);
  const signal = untilSignal();
  const first = await Promise.race([ended, signal]);
  if (first === 0) {
    process.stdout.write(
      `\n  The replay is over. Leeway stays up: ${dashboardLink(running)}\n  Ctrl-C ends it.\n`,
    );
    if (environment['LEEWAY_DEMO_EXIT'] !== '1') await signal;
  }
  service.kill('SIGTERM');
  await ended;
  await running.close();
  return typeof first === 'number' ? first : 0;
}

const exitOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
