import { readFileSync } from 'node:fs';
import type { ConfigProblem } from './source.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every key that the environment may set, with how its text is read. */
const KEYS = {
  LEEWAY_DATA_DIR: ['dataDir'],
  LEEWAY_ROLES: ['roles'],
  LEEWAY_LISTEN_HOST: ['listen', 'host'],
  LEEWAY_LISTEN_INGEST_PORT: ['listen', 'ingestPort'],
  LEEWAY_LISTEN_GRPC_PORT: ['listen', 'grpcPort'],
  LEEWAY_LISTEN_WEB_PORT: ['listen', 'webPort'],
  LEEWAY_LISTEN_ALLOWED_HOSTS: ['listen', 'allowedHosts'],
  LEEWAY_PUBLIC_URL: ['publicUrl'],
  LEEWAY_CLICKHOUSE_URL: ['clickhouse', 'url'],
  LEEWAY_CLICKHOUSE_USER: ['clickhouse', 'user'],
  LEEWAY_CLICKHOUSE_PASSWORD: ['clickhouse', 'password'],
  LEEWAY_CLICKHOUSE_DATABASE: ['clickhouse', 'database'],
  LEEWAY_CLICKHOUSE_REPLICATED: ['clickhouse', 'replicated'],
  LEEWAY_POSTGRES_URL: ['postgres', 'url'],
  LEEWAY_INGEST_REQUIRE_TOKEN: ['ingest', 'requireToken'],
  LEEWAY_INGEST_CORS_ALLOWED_ORIGINS: ['ingest', 'cors', 'allowedOrigins'],
  LEEWAY_INGEST_CORS_ALLOWED_HEADERS: ['ingest', 'cors', 'allowedHeaders'],
  LEEWAY_INGEST_CORS_EXPOSED_HEADERS: ['ingest', 'cors', 'exposedHeaders'],
  LEEWAY_INGEST_CORS_MAX_AGE: ['ingest', 'cors', 'maxAge'],
  LEEWAY_INGEST_MAX_BODY: ['ingest', 'maxBody'],
  LEEWAY_INGEST_SPOOL: ['ingest', 'spool'],
  LEEWAY_INGEST_QUOTA_RECORDS_PER_SECOND: ['ingest', 'quota', 'recordsPerSecond'],
  LEEWAY_INGEST_QUOTA_BURST: ['ingest', 'quota', 'burst'],
  LEEWAY_ANALYSIS_EVERY: ['analysis', 'every'],
  LEEWAY_ANALYSIS_KEEP_MINUTES: ['analysis', 'keep', 'minutes'],
  LEEWAY_ANALYSIS_KEEP_HOURS: ['analysis', 'keep', 'hours'],
  LEEWAY_ANALYSIS_KEEP_DAYS: ['analysis', 'keep', 'days'],
  LEEWAY_DOCUMENTS: ['documents'],
  LEEWAY_LOG_LEVEL: ['log', 'level'],
} as const satisfies Record<string, readonly string[]>;
export const ENVIRONMENT_KEYS: readonly string[] = Object.keys(KEYS);

const LISTS = new Set([
  'LEEWAY_ROLES',
  'LEEWAY_LISTEN_ALLOWED_HOSTS',
  'LEEWAY_INGEST_CORS_ALLOWED_ORIGINS',
  'LEEWAY_INGEST_CORS_ALLOWED_HEADERS',
  'LEEWAY_INGEST_CORS_EXPOSED_HEADERS',
]);
const NUMBERS = new Set([
  'LEEWAY_LISTEN_INGEST_PORT',
  'LEEWAY_LISTEN_GRPC_PORT',
  'LEEWAY_LISTEN_WEB_PORT',
  'LEEWAY_INGEST_QUOTA_RECORDS_PER_SECOND',
  'LEEWAY_INGEST_QUOTA_BURST',
]);
const BOOLEANS = new Set(['LEEWAY_CLICKHOUSE_REPLICATED', 'LEEWAY_INGEST_REQUIRE_TOKEN']);

/** Lays the environment over the file's value: `NAME`, or `NAME_FILE` for a secret that stands in a file. */
export function overlay(
  base: unknown,
  environment: Environment,
): { value: unknown; names: Map<string, string>; problems: ConfigProblem[] } {
  let value = base;
  const names = new Map<string, string>();
  const problems: ConfigProblem[] = [];
  for (const [name, path] of Object.entries(KEYS)) {
    const text = readSetting(name, environment, problems);
    if (text === undefined) continue;
    value = withValue(value, path, parse(name, text));
    names.set(path.join('.'), name);
  }
  return { value, names, problems };
}

/** A setting or secret by name: from `NAME`, else from the file that `NAME_FILE` names. */
export function readSetting(
  name: string,
  environment: Environment,
  problems: ConfigProblem[] = [],
): string | undefined {
  if (environment[name] !== undefined) return environment[name];
  const file = environment[`${name}_FILE`];
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    problems.push({ where: `${name}_FILE`, path: '', message: `cannot read ${file}` });
    return undefined;
  }
}

function parse(name: string, text: string): unknown {
  if (LISTS.has(name)) return text.split(',').map((part) => part.trim());
  if (NUMBERS.has(name) && /^\d+$/.test(text)) return Number(text);
  if (BOOLEANS.has(name) && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}

function withValue(base: unknown, path: readonly string[], leaf: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return leaf;
  const record: Record<string, unknown> =
    typeof base === 'object' && base !== null && !Array.isArray(base) ? { ...base } : {};
  record[head] = withValue(record[head], rest, leaf);
  return record;
}
