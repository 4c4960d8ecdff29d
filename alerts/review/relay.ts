import type { PendingRuling } from '../../store/ports/review.ts';
import { type ReviewDeps, UNDO_WINDOW_MS } from './deps.ts';
import { knownAtMs, outcomeValue } from './rulings.ts';

const MAX_PER_TICK = 500;
/** Rulings that the engine refuses are passed over, and tried again in the next tick. */
const MAX_FAILURES = 3;

export type RelayState = { lastLoadedAtMs: number };

/**
 * Rulings become outcome rows, one insert each, under a token of item and fence: a crash between the insert and
 * the mark repeats the insert, and the engine drops it. A ruling waits until it cannot be taken back any more, so that
 * no row ever has to be. Its item stays locked meanwhile; an undo in the last instant waits, and is told that it is too late.
 */
export async function relayRulings(deps: ReviewDeps, state: RelayState): Promise<number> {
  const failed: string[] = [];
  let written = 0;
  while (written < MAX_PER_TICK && failed.length < MAX_FAILURES) {
    try {
      const done = await relayOne(deps, state, failed);
      if (done === 'none_left') break;
      written += 1;
    } catch (error) {
      if (!(error instanceof RelayFailure)) throw error;
      failed.push(error.item);
      deps.emit({ kind: 'review_failed', step: 'relay', error: error.cause });
    }
  }
  return written;
}

class RelayFailure extends Error {
  readonly item: string;
  constructor(item: string, cause: unknown) {
    super('a ruling could not be written as an outcome', { cause });
    this.item = item;
  }
}

async function relayOne(
  deps: ReviewDeps,
  state: RelayState,
  except: readonly string[],
): Promise<'written' | 'none_left'> {
  const nowMs = deps.nowMs();
  const finalBeforeMs = nowMs - (deps.undoWindowMs ?? UNDO_WINDOW_MS);
  const pending = await deps.db.transaction(async (tx) => {
    const found = await deps.store.lockPendingRuling(finalBeforeMs, tx, except);
    if (found === undefined) return undefined;
    // Analyzers look for rows beyond the newest instant of each loader: no two rows of ours may share one.
    state.lastLoadedAtMs = Math.max(nowMs, state.lastLoadedAtMs + 1);
    const row = outcomeRow(found, deps.instance, nowMs, state.lastLoadedAtMs);
    try {
      await deps.telemetry.insertRows('outcomes', [row], row.batch);
    } catch (error) {
      throw new RelayFailure(found.item.id, error);
    }
    await deps.store.outcomeWritten(found.item.id, tx);
    return found;
  });
  if (pending === undefined) return 'none_left';
  const { project, queue } = pending.item;
  deps.emit({ kind: 'review_outcome_written', project, queue });
  return 'written';
}

function outcomeRow(pending: PendingRuling, instance: string, nowMs: number, loadedAtMs: number) {
  const { item, ruling } = pending;
  return {
    project: item.project,
    system: item.system,
    decision_id: item.decisionId,
    time: engineTime(knownAtMs(pending, nowMs)),
    kind: 'ruling',
    value: outcomeValue(pending),
    by: item.ruledBy,
    note: ruling.note,
    received_at: engineTime(item.ruledAtMs ?? nowMs),
    loaded_at: engineTime(loadedAtMs),
    loader: `review-${instance}`,
    batch: `ruling:${item.id}:${item.fence}`,
  };
}

/** `2026-03-04 05:06:07.089`, UTC: what DateTime64 columns read under every setting. */
const engineTime = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
