import type { OutcomeKind } from '../model/decision.ts';

/** What turned out true (`label`), or what a person says the decision should have been (`ruling`). */
export type OutcomeRecord = {
  readonly decisionId: string;
  readonly system: string;
  readonly value: string;
  readonly kind?: OutcomeKind;
  /** When it became known; now, if it is left out. */
  readonly time?: Date | number;
  readonly by?: string;
  readonly note?: string;
};

export type OutcomesOptions = {
  /** Where Leeway's ingest port is, for example http://127.0.0.1:4318. */
  readonly url: string;
  readonly token?: string;
  /** Outcomes that may wait; beyond it new ones are dropped and counted. */
  readonly queueSize?: number;
  readonly flushMs?: number;
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly nowMs?: () => number;
};

export type OutcomesCounters = {
  readonly accepted: number;
  readonly rejected: number;
  readonly dropped: number;
  readonly waiting: number;
};

export type Outcomes = AsyncDisposable & {
  /** Never throws, never waits: it is sent with others, a moment later. */
  readonly outcome: (record: OutcomeRecord) => void;
  /** Sends what waits. Resolves when it is on Leeway's disk, or could not be sent; `counters` says which. */
  readonly flush: () => Promise<OutcomesCounters>;
  readonly counters: () => OutcomesCounters;
};

export const OUTCOMES_DEFAULTS = { queueSize: 10_000, flushMs: 1_000, timeoutMs: 10_000 } as const;
const PER_REQUEST = 1_000;
const MOST_WAIT_MS = 30_000;

/** Labels and rulings, which come when the decision's span is long gone: over Leeway's own door, not OpenTelemetry's. */
export function createOutcomes(options: OutcomesOptions): Outcomes {
  const { queueSize = OUTCOMES_DEFAULTS.queueSize, flushMs = OUTCOMES_DEFAULTS.flushMs } = options;
  const nowMs = options.nowMs ?? Date.now;
  const queue: string[] = [];
  const sums = { accepted: 0, rejected: 0, dropped: 0 };
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | undefined;
  let failures = 0;

  /** A batch leaves the queue only with an answer that is final; a resend counts once, so that a lost answer does no harm. */
  const drain = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.slice(0, PER_REQUEST);
      const answer = await post(options, batch);
      failures = answer.kind === 'later' ? failures + 1 : 0;
      if (answer.kind === 'later') return;
      queue.splice(0, batch.length);
      sums.accepted += answer.accepted;
      sums.rejected += batch.length - answer.accepted;
    }
  };
  const counters = (): OutcomesCounters => ({ ...sums, waiting: queue.length });
  const flush = async (): Promise<OutcomesCounters> => {
    clearTimeout(timer);
    timer = undefined;
    running ??= drain().finally(() => {
      running = undefined;
    });
    await running;
    if (queue.length > 0) schedule();
    return counters();
  };
  const schedule = (): void => {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        void flush();
      },
      waitMs(flushMs, failures),
    );
    // A service that is done need not wait for labels: it calls `flush` if it wants them sent.
    if (typeof timer === 'object') timer.unref?.();
  };
  return {
    outcome: (record) => {
      const line = lineOf(record, nowMs());
      if (line === undefined || queue.length >= queueSize) {
        sums.dropped += 1;
        return;
      }
      queue.push(line);
      schedule();
    },
    flush,
    counters,
    [Symbol.asyncDispose]: async () => {
      await flush();
      clearTimeout(timer);
    },
  };
}

/** Doubles with each failure, and spread out, so that a fleet does not come back as one. */
const waitMs = (flushMs: number, failures: number): number =>
  failures === 0 ? flushMs : Math.min(MOST_WAIT_MS, flushMs * 2 ** failures) * (0.5 + Math.random() / 2);

function lineOf(record: OutcomeRecord, nowMs: number): string | undefined {
  try {
    const { decisionId, system, value, kind = 'label', time = nowMs, by, note } = record;
    return JSON.stringify({ decisionId, system, value, kind, time: Number(time), by, note });
  } catch {
    return undefined;
  }
}

type Answer = { readonly kind: 'final'; readonly accepted: number } | { readonly kind: 'later' };

async function post(options: OutcomesOptions, lines: readonly string[]): Promise<Answer> {
  const ask = options.fetch ?? globalThis.fetch;
  try {
    const response = await ask(new URL('/v1/outcomes', options.url), {
      method: 'POST',
      headers: {
        'content-type': 'application/x-ndjson',
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      },
      body: lines.join('\n'),
      signal: AbortSignal.timeout(options.timeoutMs ?? OUTCOMES_DEFAULTS.timeoutMs),
    });
    if (response.ok) return { kind: 'final', accepted: acceptedIn(await response.json()) };
    // Overload, a rotated key or a proxy in between: the same request may pass later. Any other 4xx never will.
    const mayPass = response.status >= 500 || [401, 403, 408, 429].includes(response.status);
    return mayPass ? { kind: 'later' } : { kind: 'final', accepted: 0 };
  } catch {
    return { kind: 'later' };
  }
}

const acceptedIn = (body: unknown): number =>
  typeof body === 'object' && body !== null && 'accepted' in body && typeof body.accepted === 'number'
    ? body.accepted
    : 0;
