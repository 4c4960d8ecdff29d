import type { Span } from '../api/contract.ts';

export type WaterfallRow = {
  readonly span: Span;
  readonly depth: number;
  /** Shares 0..1 of the whole trace. */
  readonly offset: number;
  readonly length: number;
  readonly startMs: number;
  readonly durationMs: number;
};
export type Waterfall = { readonly rows: readonly WaterfallRow[]; readonly totalMs: number };

/** A span that lasts no time at all must still be seen. */
const LEAST_SHARE = 0.004;

/**
 * Parents before children, siblings by start. A span whose parent did not arrive is shown at the root. Nanoseconds are
 * taken apart as bigint, since they do not fit a double.
 */
export function waterfall(spans: readonly Span[]): Waterfall {
  const first = spans.reduce<bigint | null>((least, span) => {
    const start = BigInt(span.startNs);
    return least === null || start < least ? start : least;
  }, null);
  if (first === null) return { rows: [], totalMs: 0 };
  const timed = spans.map((span) => ({
    span,
    startMs: Number(BigInt(span.startNs) - first) / 1e6,
    durationMs: Number(BigInt(span.durationNs)) / 1e6,
  }));
  const totalMs = Math.max(...timed.map((one) => one.startMs + one.durationMs), Number.MIN_VALUE);
  const known = new Set(spans.map((span) => span.spanId));
  const children = Map.groupBy(timed, ({ span }) =>
    known.has(span.parentSpanId) && span.parentSpanId !== span.spanId ? span.parentSpanId : '',
  );
  const rows: WaterfallRow[] = [];
  const seen = new Set<string>();
  const walk = (parent: string, depth: number): void => {
    for (const one of (children.get(parent) ?? []).toSorted((a, b) => a.startMs - b.startMs)) {
      if (seen.has(one.span.spanId)) continue;
      seen.add(one.span.spanId);
      const offset = Math.min(one.startMs / totalMs, 1 - LEAST_SHARE);
      const length = Math.max(LEAST_SHARE, Math.min(one.durationMs / totalMs, 1 - offset));
      rows.push({ ...one, depth, offset, length });
      walk(one.span.spanId, depth + 1);
    }
  };
  walk('', 0);
  return { rows, totalMs };
}
