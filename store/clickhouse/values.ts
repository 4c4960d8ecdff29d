/**
 * Bound values as both connections read them alike. chDB's own binder drops a Date's milliseconds and refuses
 * NaN, the HTTP client sends a Date as a fractional Unix time: so both become text here.
 */
export function boundValues(
  params: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> | undefined {
  if (params === undefined || Object.keys(params).length === 0) return undefined;
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, boundValue(value)]));
}

function boundValue(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString().replace('T', ' ').replace('Z', '');
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return notFinite(value);
  if (Array.isArray(value)) return value.map((item) => boundValue(item));
  return value;
}

/** As the engine writes and reads it. */
export const notFinite = (value: number): string =>
  Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';

/** A string literal of the engine. Only for what cannot be bound: a file's path, a SETTINGS value. */
export const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
