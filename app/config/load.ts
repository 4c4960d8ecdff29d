import { existsSync, readFileSync } from 'node:fs';
import { type Environment, overlay } from './environment.ts';
import { type Config, configSchema } from './schema.ts';
import { type ConfigProblem, problemsOf, readYaml, type Source } from './source.ts';

export type LoadedConfig =
  | { readonly kind: 'ok'; readonly config: Config; readonly file: string | undefined }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] };

const DEFAULT_FILE = 'leeway.yaml';
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
export const isLoopback = (host: string): boolean => LOOPBACK.has(host);

/** The file (named, or `leeway.yaml` where there is one) under the environment. All mistakes at once. */
export function loadConfig(named: string | undefined, environment: Environment): LoadedConfig {
  const file = named ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  const source = file === undefined ? NO_FILE : readFile(file);
  if (source.problems.length > 0) return { kind: 'invalid', problems: source.problems };
  const { value, names, problems } = overlay(source.value, environment);
  const locate = (path: readonly PropertyKey[]): string => nameOf(names, path) ?? source.locate(path);
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) {
    return { kind: 'invalid', problems: [...problems, ...problemsOf(parsed.error.issues, locate)] };
  }
  const all = [...problems, ...contradictions(parsed.data, locate)];
  return all.length > 0 ? { kind: 'invalid', problems: all } : { kind: 'ok', config: parsed.data, file };
}

const NO_FILE: Source = { value: {}, problems: [], locate: () => 'configuration' };

function readFile(file: string): Source {
  try {
    return readYaml(file, readFileSync(file, 'utf8'));
  } catch {
    return {
      value: undefined,
      problems: [{ where: file, path: '', message: 'cannot be read' }],
      locate: () => file,
    };
  }
}

function nameOf(names: ReadonlyMap<string, string>, path: readonly PropertyKey[]): string | undefined {
  for (let depth = path.length; depth > 0; depth--) {
    const name = names.get(path.slice(0, depth).map(String).join('.'));
    if (name !== undefined) return name;
  }
  return undefined;
}

/** What is right by itself and wrong together. */
function contradictions(config: Config, locate: Source['locate']): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (!isLoopback(config.listen.host) && !config.ingest.requireToken) {
    problems.push({
      where: locate(['listen', 'host']),
      path: 'listen.host',
      message: `${config.listen.host} is reachable from other machines, so ingest.requireToken must be true`,
    });
  }
  const isSplit = config.roles.length < 4;
  if (isSplit && (config.clickhouse === undefined || config.postgres === undefined)) {
    problems.push({
      where: locate(['roles']),
      path: 'roles',
      message:
        'roles can be split only over shared stores: set clickhouse.url and postgres.url, or run all roles',
    });
  }
  return problems;
}

export function formatProblems(problems: readonly ConfigProblem[]): string {
  const lines = problems.map(
    ({ where, path, message }) => `  ${where}  ${path === '' ? '' : `${path}: `}${message}`,
  );
  const count = problems.length === 1 ? 'one mistake' : `${problems.length} mistakes`;
  return `The configuration has ${count}; nothing was started.\n${lines.join('\n')}\n`;
}
