/** What has something to send before the process ends: `createOutcomes`, or a span processor of OpenTelemetry. */
export type Flushable =
  | { readonly flush: () => Promise<unknown> }
  | { readonly forceFlush: () => Promise<unknown> };

export type TerminationOptions = {
  /** How long the end of the process may wait for it. */
  readonly limitMs?: number;
  readonly signals?: readonly ('SIGTERM' | 'SIGINT')[];
};

const LIMIT_MS = 2_000;

/** The part of Node's `process` that is needed; a browser has none. */
type Process = {
  readonly pid: number;
  once(signal: string, listener: () => void): unknown;
  off(signal: string, listener: () => void): unknown;
  kill(pid: number, signal: string): unknown;
};
const processOf = (): Process | undefined => (globalThis as { readonly process?: Process }).process;

/**
 * On SIGTERM (and SIGINT) what waits is sent, for at most `limitMs`; then the process ends by that signal, as it would
 * have without this. Returns how to take it back. Where there are no signals, as in a browser, it does nothing.
 */
export function flushOnTermination(what: readonly Flushable[], options: TerminationOptions = {}): () => void {
  const node = processOf();
  if (typeof node?.once !== 'function') return () => undefined;
  const { limitMs = LIMIT_MS, signals = ['SIGTERM', 'SIGINT'] } = options;
  const stop = (): void => {
    for (const [signal, listener] of listeners) node.off(signal, listener);
  };
  const end = async (signal: string): Promise<void> => {
    stop();
    const limit = new Promise((resolve) => setTimeout(resolve, limitMs));
    const flushed = Promise.allSettled(
      // In a function of its own, so that one that throws does not keep the others from being asked.
      what.map(async (one) => ('flush' in one ? one.flush() : one.forceFlush())),
    );
    await Promise.race([flushed, limit]);
    node.kill(node.pid, signal);
  };
  const listeners = signals.map((signal) => [signal, () => void end(signal)] as const);
  for (const [signal, listener] of listeners) node.once(signal, listener);
  return stop;
}
