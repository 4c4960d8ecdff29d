import type { DeliveryChannel } from '../../store/ports/outbox.ts';
import { attemptDelivery, type DeliveryDeps, type GoneChannels } from './attempt.ts';
import { afterAttempt, type Breaker, CLOSED, FAILURES_TO_OPEN, passage } from './breaker.ts';
import { afterFailure } from './retry.ts';
import { createSettler, type SettleDeps, type Settler } from './settle.ts';

export type OutboxWorkerDeps = DeliveryDeps &
  SettleDeps & {
    /** Uniform in [0, 1). */
    readonly random: () => number;
    readonly pollMs?: number;
  };

export type OutboxWorker = {
  start(): void;
  /** Begins nothing new and waits a while for what is under way; what does not end is sent again after its lease. */
  stop(): Promise<void>;
  /** Delivers all that is due, and resolves when no delivery is under way. */
  tickOnce(): Promise<void>;
  /** Looks at once: something was just written. */
  wake(): void;
};

/** Longer than any attempt may take, so that a delivery is taken over only from a worker that is gone. */
export const LEASE_MS = 60_000;
const POLL_MS = 1_000;
const STOP_GRACE_MS = 3_000;

/**
 * One lane per channel: a receiver that hangs holds up its own lane and no other. Any number of workers may run; a claim is
 * a lease in the store.
 */
export function createOutboxWorker(deps: OutboxWorkerDeps): OutboxWorker {
  const settler = createSettler(deps);
  const lanes = new Map<string, Promise<void>>();
  const breakers = new Map<string, Breaker>();
  const gone: GoneChannels = new Set();
  const ending = new AbortController();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  const dispatch = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    for (const channel of await deps.outbox.dueChannels(deps.nowMs())) {
      const key = keyOf(channel);
      if (lanes.has(key)) continue;
      const lane = runLane(channel, key)
        .catch((error: unknown) => deps.emit({ kind: 'outbox_failed', error }))
        .finally(() => lanes.delete(key));
      lanes.set(key, lane);
    }
  };

  const runLane = async (channel: DeliveryChannel, key: string): Promise<void> => {
    while (!stopping.signal.aborted) {
      const breaker = breakers.get(key) ?? CLOSED;
      if (passage(breaker, deps.nowMs()).kind === 'wait') return;
      const outcome = await deliverNext({ ...deps, settler, gone }, channel, ending.signal);
      if (outcome === 'nothing_due') return;
      const next = afterAttempt(breaker, outcome, deps.nowMs());
      breakers.set(key, next);
      if (next.failures === FAILURES_TO_OPEN) deps.emit({ kind: 'breaker_opened', ...channel });
    }
  };

  const loop = (): void => {
    dispatch()
      .catch((error: unknown) => deps.emit({ kind: 'outbox_failed', error }))
      .finally(() => {
        if (!stopping.signal.aborted) timer = setTimeout(loop, deps.pollMs ?? POLL_MS);
      });
  };
  return {
    start: loop,
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      const grace = setTimeout(() => ending.abort(), STOP_GRACE_MS);
      await Promise.all(lanes.values());
      clearTimeout(grace);
    },
    async tickOnce() {
      await dispatch();
      await Promise.all(lanes.values());
    },
    wake: () => {
      dispatch().catch((error: unknown) => deps.emit({ kind: 'outbox_failed', error }));
    },
  };
}

const keyOf = ({ project, channel }: DeliveryChannel): string => `${project}/${channel}`;

async function deliverNext(
  deps: OutboxWorkerDeps & { readonly settler: Settler; readonly gone: GoneChannels },
  channel: DeliveryChannel,
  signal: AbortSignal,
): Promise<'nothing_due' | 'answered' | 'trouble'> {
  const startedMs = deps.nowMs();
  const delivery = await deps.outbox.claim(channel, LEASE_MS, startedMs);
  if (delivery === undefined) return 'nothing_due';
  const { settler } = deps;
  const result = await attemptDelivery(deps, delivery, deps.gone, signal);
  const nowMs = deps.nowMs();
  if (result.kind === 'sent') {
    await settler.sent(delivery, result.note, nowMs - startedMs);
    return 'answered';
  }
  if (result.kind !== 'retry') {
    await settler.dead(delivery, result.reason);
    return 'answered';
  }
  const { attempts, createdAtMs } = delivery;
  const next = afterFailure({
    attempts,
    createdAtMs,
    nowMs,
    afterMs: result.afterMs,
    random: deps.random(),
  });
  if (next.kind === 'retry') await settler.retry(delivery, result.reason, next.atMs);
  else await settler.dead(delivery, `gave up after ${attempts} attempts; the last: ${result.reason}`);
  return 'trouble';
}
