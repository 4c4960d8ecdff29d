/** Bytes that all requests together may hold in memory. Bytes, not requests: one large body is not a small one. */
export class ByteBudget {
  readonly #limitBytes: number;
  #heldBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** What one request holds; everything is given back at once, when it is answered. */
  open(): BudgetShare {
    let heldBytes = 0;
    return {
      take: (bytes) => {
        if (this.#heldBytes + bytes > this.#limitBytes) return 'exhausted';
        this.#heldBytes += bytes;
        heldBytes += bytes;
        return 'granted';
      },
      giveBack: () => {
        this.#heldBytes -= heldBytes;
        heldBytes = 0;
      },
    };
  }
}

export type BudgetShare = {
  readonly take: (bytes: number) => 'granted' | 'exhausted';
  readonly giveBack: () => void;
};
