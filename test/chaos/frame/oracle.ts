import { closeSync, openSync, writeSync } from 'node:fs';
import type { ChaosRecord } from './records.ts';

/** A request under a name of its own: a resend is the same request. */
export type Obligation = {
  readonly id: string;
  readonly records: readonly ChaosRecord[];
  /** Of records sent on purpose with a mistake: to be refused one by one. */
  readonly rejected: number;
};

export type Known = { readonly record: ChaosRecord; acknowledged: boolean };

/**
 * The truth that the product is held against: everything that was sent, and everything that was answered 200. It lives
 * outside of the product, and each line is in a file before the first byte of its request is on the wire. No power is
 * cut to the file (losses are played on the product's directory), so it is written through and not synced.
 */
export class Oracle {
  readonly file: string;
  readonly known = new Map<string, Known>();
  readonly counts = {
    requests: 0,
    /** No answer came: the outcome is open. */
    unanswered: 0,
    /** 429 or 503. */
    refused: 0,
    acknowledged: 0,
    /** Records in requests answered 200, each time they were. */
    acknowledgedRecords: 0,
    acknowledgedRejected: 0,
    resentUnanswered: 0,
    resentAnswered: 0,
    /** Over the API: not in the ledger, which counts what was ingested. */
    controlWrites: 0,
    controlUnanswered: 0,
    controlAcknowledged: 0,
  };
  /** What no request of a working sender should ever see; the checker wants none. */
  readonly wrongAnswers: string[] = [];
  readonly #handle: number;
  readonly #seen = new Map<string, 'issued' | 'acknowledged'>();

  constructor(file: string) {
    this.file = file;
    this.#handle = openSync(file, 'a');
  }

  /** Before the request is sent, at its first time and at every other. */
  issued(obligation: Obligation): void {
    this.#write({ at: 'issued', id: obligation.id, records: obligation.records });
    this.counts.requests += 1;
    const before = this.#seen.get(obligation.id);
    if (before === 'issued') this.counts.resentUnanswered += 1;
    else if (before === 'acknowledged') this.counts.resentAnswered += 1;
    else this.#seen.set(obligation.id, 'issued');
    this.#know(obligation);
  }

  /** A write over the API: not part of the ledger's sum. */
  controlIssued(obligation: Obligation): void {
    this.#write({ at: 'issued', id: obligation.id, records: obligation.records });
    this.counts.controlWrites += 1;
    this.#know(obligation);
  }

  controlUnanswered(): void {
    this.counts.controlUnanswered += 1;
  }

  controlAcknowledged(obligation: Obligation): void {
    this.#write({ at: 'acknowledged', id: obligation.id });
    this.counts.controlAcknowledged += 1;
    this.#oblige(obligation);
  }

  #know(obligation: Obligation): void {
    for (const record of obligation.records) {
      const key = keyOf(record);
      const known = this.known.get(key);
      if (known === undefined) this.known.set(key, { record, acknowledged: false });
      else if (known.record.hash !== record.hash)
        throw new Error(`the workload said two things about ${key}`);
    }
  }

  acknowledged(obligation: Obligation): void {
    this.#write({ at: 'acknowledged', id: obligation.id });
    this.#seen.set(obligation.id, 'acknowledged');
    this.counts.acknowledged += 1;
    this.counts.acknowledgedRecords += obligation.records.length;
    this.counts.acknowledgedRejected += obligation.rejected;
    this.#oblige(obligation);
  }

  #oblige(obligation: Obligation): void {
    for (const record of obligation.records) {
      const known = this.known.get(keyOf(record));
      if (known) known.acknowledged = true;
    }
  }

  refused(): void {
    this.counts.refused += 1;
  }

  unanswered(): void {
    this.counts.unanswered += 1;
  }

  wrong(sentence: string): void {
    this.#write({ at: 'wrong', sentence });
    this.wrongAnswers.push(sentence);
  }

  close(): void {
    closeSync(this.#handle);
  }

  #write(line: object): void {
    writeSync(this.#handle, `${JSON.stringify(line)}\n`);
  }
}

export const keyOf = ({ place, key }: Pick<ChaosRecord, 'place' | 'key'>): string => `${place} ${key}`;
