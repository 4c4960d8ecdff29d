import { readFileSync } from 'node:fs';
import { CONFIG_KEYS, type ConfigKey } from './keys.ts';
import type { ConfigProblem } from './source.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Lays the environment over the file's value: `NAME`, or `NAME_FILE` for a secret that stands in a file. */
export function overlay(
  base: unknown,
  environment: Environment,
): { value: unknown; names: Map<string, string>; problems: ConfigProblem[] } {
  let value = base;
  const names = new Map<string, string>();
  const problems: ConfigProblem[] = [];
  for (const { path, variable, type } of CONFIG_KEYS) {
    const text = readSetting(variable, environment, problems);
    if (text === undefined) continue;
    value = withValue(value, path, parse(type, text));
    names.set(path.join('.'), variable);
  }
  return { value, names, problems };
}

/** A setting or secret by name: from `NAME`, else from the file that `NAME_FILE` names. */
export function readSetting(
  name: string,
  environment: Environment,
  problems: ConfigProblem[] = [],
): string | undefined {
  // Empty is how a shell or a compose file leaves a variable out.
  if (environment[name]) return environment[name];
  const file = environment[`${name}_FILE`];
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    problems.push({ where: `${name}_FILE`, path: '', message: `cannot read ${file}` });
    return undefined;
  }
}

function parse(type: ConfigKey['type'], text: string): unknown {
  if (type === 'list') return text.split(',').map((part) => part.trim());
  if (type === 'number' && /^\d+$/.test(text)) return Number(text);
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
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
