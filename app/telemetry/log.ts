export const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type Level = (typeof LEVELS)[number];
export type Fields = Readonly<Record<string, unknown>>;
export type Log = (level: Level, what: string, fields?: Fields) => void;

const VALUE_CHARS = 1_000;
const PLAIN = /^[\w./:@+-]+$/;

/** Lines of logfmt: time, level, what happened, and fields. Everything below `level` is left out. */
export function createLog(level: Level, write: (line: string) => void, nowMs: () => number): Log {
  const loudest = LEVELS.indexOf(level);
  return (at, what, fields = {}) => {
    if (LEVELS.indexOf(at) > loudest) return;
    const parts = Object.entries(fields).map(([key, value]) => `${key}=${format(value)}`);
    write(`${[new Date(nowMs()).toISOString(), at.padEnd(5), what, ...parts].join(' ')}\n`);
  };
}

function format(value: unknown): string {
  const text = (
    value instanceof Error ? describe(value) : typeof value === 'string' ? value : stringify(value)
  ).slice(0, VALUE_CHARS);
  return PLAIN.test(text) ? text : JSON.stringify(text);
}

const stringify = (value: unknown): string => JSON.stringify(value) ?? String(value);

/** The message and those of its causes; a stack only for what is a mistake in the program. */
function describe(error: Error): string {
  const isMistake =
    error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  const own = isMistake ? (error.stack ?? error.message) : error.message;
  return error.cause instanceof Error ? `${own}: ${describe(error.cause)}` : own;
}
