/**
 * One text per value: keys sorted, no spaces, what JSON drops is dropped. Two documents are the same, and a hash
 * covers an entry, by this text; it survives the way through jsonb, which keeps no order of keys.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(JSON.parse(JSON.stringify(value) ?? 'null')));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  // Code unit order, as RFC 8785 (JSON Canonicalization Scheme, section 3.2.3) has it.
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
