import { type Environment, readSetting } from './config/environment.ts';
import type { Config } from './config/schema.ts';
import { Lifecycle } from './lifecycle.ts';
import { createListeners } from './telemetry/listeners.ts';
import { createLog, type Level } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import type { Shell } from './wire.ts';

/** What every role needs and nothing is opened for yet. Logs go to standard error; standard output belongs to people. */
export function createShell(
  config: Config,
  environment: Environment,
  level: Level = config.log.level,
): Shell {
  const nowMs = () => Date.now();
  const log = createLog(level, (line) => process.stderr.write(line), nowMs);
  const metrics = createMetrics();
  const listeners = createListeners(log, metrics);
  const lifecycle = new Lifecycle((name, error) => listeners.app({ kind: 'close_failed', name, error }));
  return {
    config,
    lifecycle,
    listeners,
    metrics,
    nowMs,
    secret: (name) => readSetting(name, environment),
  };
}
