/** Closers, last opened first closed, each once, under one deadline. */
export class Lifecycle {
  readonly #closers: { readonly name: string; readonly close: () => Promise<void> | void }[] = [];
  readonly #onError: (name: string, error: unknown) => void;
  #closing: Promise<void> | undefined;

  constructor(onError: (name: string, error: unknown) => void) {
    this.#onError = onError;
  }

  /** Registers how to close a thing, right after it was opened. */
  add(name: string, close: () => Promise<void> | void): void {
    this.#closers.push({ name, close });
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (let closer = this.#closers.pop(); closer !== undefined; closer = this.#closers.pop()) {
      try {
        await closer.close();
      } catch (error) {
        this.#onError(closer.name, error);
      }
    }
  }
}

/** Resolves with the signal that asks this process to end. A second one ends it at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130);
        asked = true;
        resolve(signal);
      });
    }
  });
}
