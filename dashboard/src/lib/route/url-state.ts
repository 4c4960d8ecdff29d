/** `null` or an empty text takes a key out; strings stay strings, so `00123` survives. */
export type Patch = Readonly<Record<string, string | null | undefined>>;

export function patched(params: URLSearchParams, patch: Patch): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined || value === '') next.delete(key);
    else next.set(key, value);
  }
  return next;
}

export function toHref(path: string, params: URLSearchParams): string {
  const text = params.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** The range is global: a link to another screen takes it along, and nothing else. */
export const GLOBAL_KEYS = ['from', 'to'] as const;

export function carried(params: URLSearchParams): URLSearchParams {
  const kept = new URLSearchParams();
  for (const key of GLOBAL_KEYS) {
    const value = params.get(key);
    if (value) kept.set(key, value);
  }
  return kept;
}

/** A link that keeps the range; what the target's own address says wins. */
export function linkTo(target: string, current: URLSearchParams, patch: Patch = {}): string {
  const [path = '/', query = ''] = target.split('?');
  const merged = carried(current);
  for (const [key, value] of new URLSearchParams(query)) merged.set(key, value);
  return toHref(path, patched(merged, patch));
}

export const DECISION_FILTERS = [
  'system',
  'value',
  'actor',
  'version',
  'route',
  'outcome',
  'correct',
  'violation',
  'quarantined',
] as const;

/** The query of the decision list: filters, search, range and cursor, and nothing that a person typed by mistake. */
export function decisionQuery(params: URLSearchParams, limit: number): Record<string, string> {
  const query: Record<string, string> = { limit: String(limit) };
  for (const key of [...DECISION_FILTERS, 'q', 'cursor', ...GLOBAL_KEYS]) {
    const value = params.get(key);
    if (value) query[key] = value;
  }
  return query;
}
