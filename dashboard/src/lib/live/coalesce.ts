export type Timers = {
  readonly set: (run: () => void, ms: number) => unknown;
  readonly clear: (handle: unknown) => void;
};

export type Coalescer = { readonly hint: () => void; readonly stop: () => void };

/**
 * Many hints, one run: the first hint starts the clock and the rest ride along. A debounce would starve under a steady
 * stream of events, which is what a busy system sends.
 */
export function coalesce(run: () => void, waitMs: number, timers: Timers): Coalescer {
  let handle: unknown;
  return {
    hint() {
      if (handle !== undefined) return;
      handle = timers.set(() => {
        handle = undefined;
        run();
      }, waitMs);
    },
    stop() {
      if (handle !== undefined) timers.clear(handle);
      handle = undefined;
    },
  };
}
