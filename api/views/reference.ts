import type { Reference } from '../../model/documents/reference.ts';
import { MINUTE_MS, startOf } from '../../model/time.ts';
import type { TimeRange } from '../../store/ports/reads.ts';

export type ReferenceRange =
  | ({ readonly kind: 'range' } & TimeRange)
  | { readonly kind: 'none'; readonly reason: string };

/** The stretch of history that a window is compared with. */
export function referenceRange(
  reference: Reference | undefined,
  windowStartMs: number,
  firstMs: number | null,
): ReferenceRange {
  if (reference === undefined) return { kind: 'none', reason: 'The monitor names no reference.' };
  if (reference.kind === 'fixed') return { kind: 'range', fromMs: reference.from, toMs: reference.to };
  if (reference.kind === 'previous') {
    return { kind: 'range', fromMs: windowStartMs - reference.length, toMs: windowStartMs };
  }
  if (firstMs === null) return { kind: 'none', reason: 'The system has sent nothing yet.' };
  const fromMs = startOf(firstMs, MINUTE_MS);
  return { kind: 'range', fromMs, toMs: fromMs + reference.length };
}
