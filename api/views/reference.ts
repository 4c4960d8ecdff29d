import type { Reference } from '../../model/documents/reference.ts';
import { DAY_MS, MINUTE_MS, startOf } from '../../model/time.ts';
import type { TimeRange } from '../../store/ports/reads.ts';

const WEEK_MS = 7 * DAY_MS;

export type ReferenceRange =
  | ({ readonly kind: 'range' } & TimeRange)
  | { readonly kind: 'none'; readonly reason: string };

/** The stretch of history that a window is compared with; of a season, its newest part. */
export function referenceRange(
  reference: Reference | undefined,
  window: TimeRange,
  firstMs: number | null,
): ReferenceRange {
  if (reference === undefined) return { kind: 'none', reason: 'The monitor names no reference.' };
  switch (reference.kind) {
    case 'fixed':
      return { kind: 'range', fromMs: reference.from, toMs: reference.to };
    case 'previous':
    case 'version':
      return { kind: 'range', fromMs: window.fromMs - reference.length, toMs: window.fromMs };
    case 'seasonal':
      return { kind: 'range', fromMs: window.fromMs - WEEK_MS, toMs: window.toMs - WEEK_MS };
    case 'first': {
      if (firstMs === null) return { kind: 'none', reason: 'The system has sent nothing yet.' };
      const fromMs = startOf(firstMs, MINUTE_MS);
      return { kind: 'range', fromMs, toMs: fromMs + reference.length };
    }
    case 'stored':
      return { kind: 'none', reason: 'The reference is a stored one, not a stretch of history.' };
  }
}
