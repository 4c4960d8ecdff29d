import { type Orders, ordersFrom, readFlags, type SafeOrders, type Snapshot } from './orders.ts';

export type GateOptions = {
  /** Where Leeway's web port is, for example http://127.0.0.1:4300. */
  readonly url: string;
  /** A key with the scope `ingest` or `read`. */
  readonly token: string;
  /** How old an answer may be before the next one is fetched, in the background. */
  readonly refreshMs?: number;
  /** How long the last answer stands when Leeway is silent; then the safe orders do. */
  readonly maxStaleMs?: number;
  /** How long the very first ask may wait. Later asks never wait. */
  readonly timeoutMs?: number;
  /** Told why a fetch failed, at most once per fetch. */
  readonly onProblem?: (sentence: string) => void;
  readonly fetch?: typeof globalThis.fetch;
  readonly nowMs?: () => number;
};

export type Gate = {
  /**
   * What to do in `system` now. Never throws, and waits at most `timeoutMs`, once: before the first answer. After that
   * the answer is what was last heard, and a fetch runs beside it when it is older than `refreshMs`.
   */
  readonly orders: (system: string, safe: SafeOrders) => Promise<Orders>;
  /** The same without waiting at all. */
  readonly last: (system: string, safe: SafeOrders) => Orders;
};

export const GATE_DEFAULTS = { refreshMs: 5_000, maxStaleMs: 300_000, timeoutMs: 500 } as const;
/** One answer with every gate of a project stays far below this; what does not is not from Leeway. */
const MOST_BODY_CHARS = 4_000_000;

export function createGate(options: GateOptions): Gate {
  const { refreshMs, maxStaleMs, timeoutMs } = { ...GATE_DEFAULTS, ...defined(options) };
  const ask = options.fetch ?? globalThis.fetch;
  const nowMs = options.nowMs ?? Date.now;
  let snapshot: Snapshot | undefined;
  let etag: string | undefined;
  let running: Promise<void> | undefined;
  let askedAtMs = Number.NEGATIVE_INFINITY;

  const fetchFlags = async (): Promise<void> => {
    const response = await ask(new URL('/ofrep/v1/evaluate/flags', options.url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${options.token}`,
        'content-type': 'application/json',
        ...(etag === undefined ? {} : { 'if-none-match': etag }),
      },
      body: '{"context":{}}',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 304 && snapshot !== undefined) {
      snapshot = { ...snapshot, heardAtMs: nowMs() };
      return;
    }
    if (!response.ok) throw new Error(`Leeway answered ${response.status}`);
    const text = await response.text();
    if (text.length > MOST_BODY_CHARS) throw new Error('the answer is too long to be a list of gates');
    snapshot = { heardAtMs: nowMs(), systems: readFlags(JSON.parse(text)) };
    etag = response.headers.get('etag') ?? undefined;
  };

  /** One fetch at a time however many ask, and none sooner than `refreshMs` after the last: a sick Leeway is left alone. */
  const refresh = (): Promise<void> => {
    if (running !== undefined) return running;
    if (nowMs() - askedAtMs < refreshMs) return Promise.resolve();
    askedAtMs = nowMs();
    running = fetchFlags()
      .catch((error) => tell(options.onProblem, error))
      .finally(() => {
        running = undefined;
      });
    return running;
  };

  const last: Gate['last'] = (system, safe) => {
    void refresh();
    return ordersFrom(system, safe, snapshot, { refreshMs, maxStaleMs }, nowMs());
  };
  return {
    last,
    orders: async (system, safe) => {
      if (snapshot === undefined) await refresh();
      return last(system, safe);
    },
  };
}

const defined = ({ refreshMs, maxStaleMs, timeoutMs }: GateOptions): Partial<typeof GATE_DEFAULTS> =>
  Object.fromEntries(Object.entries({ refreshMs, maxStaleMs, timeoutMs }).filter(([, v]) => v !== undefined));

function tell(onProblem: ((sentence: string) => void) | undefined, error: unknown): void {
  try {
    onProblem?.(`the gate could not be asked: ${error instanceof Error ? error.message : String(error)}`);
  } catch {
    // The hook's own failure is not the gate's.
  }
}
