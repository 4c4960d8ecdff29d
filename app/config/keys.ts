import { z } from 'zod';
import { configSchema } from './schema.ts';

/** One key of the configuration, as the file, the environment and the reference know it. */
export type ConfigKey = {
  /** `['listen', 'webPort']` */
  readonly path: readonly string[];
  /** `LEEWAY_LISTEN_WEB_PORT` */
  readonly variable: string;
  readonly type: 'text' | 'number' | 'boolean' | 'list';
  /** Undefined where leaving it out means something that no value says. */
  readonly default: unknown;
  readonly description: string;
};

/** A JSON Schema, as far as the schema of the configuration uses it. */
type Part = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Part>>;
  readonly default?: unknown;
  readonly description?: string;
};

const TYPES: Readonly<Record<string, ConfigKey['type']>> = {
  array: 'list',
  boolean: 'boolean',
  integer: 'number',
  number: 'number',
};

function keysOf(part: Part, path: readonly string[]): ConfigKey[] {
  if (part.properties !== undefined)
    return Object.entries(part.properties).flatMap(([name, inner]) => keysOf(inner, [...path, name]));
  return [
    {
      path,
      variable: `LEEWAY_${path.map(inCapitals).join('_')}`,
      type: TYPES[part.type ?? ''] ?? 'text',
      default: part.default,
      description: part.description ?? '',
    },
  ];
}

const inCapitals = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** Every key there is, in the order of the schema: the one place that says which variable sets what. */
export const CONFIG_KEYS: readonly ConfigKey[] = keysOf(
  z.toJSONSchema(configSchema, { io: 'input' }) as Part,
  [],
);
