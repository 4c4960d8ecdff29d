import type { Reference } from '../../../model/documents/reference.ts';
import { formatDuration, HOUR_MS, startOf, type Window } from '../../../model/time.ts';
import type { Cell, Known } from '../../../store/ports/cohorts.ts';
import {
  eventualShare,
  type MaturityPoint,
  type Readiness,
  readinessOf,
} from '../../performance/maturity.ts';
import type { ReferenceCells } from '../../performance/realised.ts';
import type { SegmentCells } from '../../performance/strata.ts';
import type { PerformanceRun } from './context.ts';

export const bySegment = (cells: readonly Cell[]): SegmentCells => Map.groupBy(cells, (cell) => cell.segment);

type Place =
  | { readonly kind: 'at'; readonly window: Window }
  | { readonly kind: 'none' }
  | { readonly kind: 'absent'; readonly because: string };

/** Where the labelled history lies that a window is measured against, in whole hours. */
export function referenceOfWindow(
  reference: Reference | undefined,
  window: Window,
  firstEventMs: number,
): Place {
  const firstMs = startOf(firstEventMs, HOUR_MS);
  switch (reference?.kind) {
    case undefined:
      return { kind: 'none' };
    case 'fixed':
      return at(startOf(reference.from, HOUR_MS), startOf(reference.to, HOUR_MS));
    case 'first':
      return at(firstMs, firstMs + Math.max(HOUR_MS, startOf(reference.length, HOUR_MS)));
    case 'previous': {
      const startMs = window.startMs - Math.max(HOUR_MS, startOf(reference.length, HOUR_MS));
      return startMs >= firstMs
        ? at(startMs, window.startMs)
        : {
            kind: 'absent',
            because: `there are not yet ${formatDuration(reference.length)} before the window`,
          };
    }
    default:
      return {
        kind: 'absent',
        because: `a reference of kind ${reference?.kind} holds no labels; take fixed, first or previous`,
      };
  }
}

const at = (startMs: number, endMs: number): Place => ({ kind: 'at', window: { startMs, endMs } });

/** Below this share of its labels a window's early labels are held against the reference's early labels. */
const ALL_BUT_DONE = 0.98;

export async function referenceAt(
  run: PerformanceRun,
  window: Window,
  curve: readonly MaturityPoint[],
  readiness: Extract<Readiness, { kind: 'ready' }>,
  atMs: number,
): Promise<ReferenceCells> {
  const place = referenceOfWindow(run.spec.reference, window, run.firstEventMs);
  if (place.kind !== 'at') return place;
  const load = async (known: Known): Promise<SegmentCells> => bySegment(await run.cells(place.window, known));
  const cells = await load({ kind: 'as_of', atMs });
  const ripe = ripeness(run, place.window, cells, curve, atMs);
  if (ripe.kind !== 'ready') return { kind: 'absent', because: `of the reference, ${ripe.why}` };
  const early =
    readiness.ofExpected < ALL_BUT_DONE
      ? await load({ kind: 'within', ms: Math.max(HOUR_MS, atMs - window.endMs) })
      : undefined;
  const hasEarly = early?.get('')?.some((cell) => cell.known > 0) ?? false;
  return { kind: 'ready', window: place.window, cells, ...(early && hasEarly ? { early } : {}) };
}

/** A reference is judged by the same rule as any window: half its labels are not its performance. */
function ripeness(
  { spec }: PerformanceRun,
  { endMs }: Window,
  cells: SegmentCells,
  curve: readonly MaturityPoint[],
  atMs: number,
): Readiness {
  const whole = cells.get('') ?? [];
  const n = whole.reduce((sum, cell) => sum + cell.n, 0);
  const known = whole.reduce((sum, cell) => sum + cell.known, 0);
  if (n === 0) return { kind: 'never', why: 'no decision is there' };
  // Without a curve of its own age nothing better is known than that labels come as they do.
  return readinessOf({ endMs, n, known }, eventualShare(curve) === null ? [] : curve, spec, atMs);
}
