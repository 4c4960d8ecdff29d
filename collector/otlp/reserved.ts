import { RESERVED } from './semconv.ts';

const KEYS: readonly Buffer[] = RESERVED.map((name) => Buffer.from(name));
const FIRST = KEYS[0]?.[0];
const LEAST = Math.min(...KEYS.map(({ length }) => length));

/** Whether the key in these bytes is one that a payload has no say in. */
export function isReservedKey(bytes: Buffer, at: number, end: number): boolean {
  // Nearly every key ends here.
  if (bytes[at] !== FIRST || end - at < LEAST) return false;
  return KEYS.some((key) => key.length === end - at && bytes.compare(key, 0, key.length, at, end) === 0);
}

const NAMES: ReadonlySet<string> = new Set(RESERVED);
export const isReservedName = (name: string): boolean => NAMES.has(name);
