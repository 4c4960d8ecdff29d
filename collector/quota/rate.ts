import type { IngestQuota } from '../../store/ports/tokens.ts';
import { Refusal } from '../refusal.ts';

/** Who sends, as the quota knows it. */
export type RatedSender = {
  /** One bucket each: a token, or all that send without one. */
  readonly key: string;
  /** Left out: what everybody has. */
  readonly quota?: IngestQuota;
};

type Bucket = { records: number; atMs: number };

/** Buckets remembered at once; a full one says nothing that its absence does not. */
const MOST_BUCKETS = 10_000;

/**
 * A token bucket per sender. How many records a request holds is known only when it is decoded: so a request is taken
 * while anything is left, and what it held is paid afterwards, into debt if need be. In the long run the rate holds
 * exactly, and a sender over it is refused before its body is read, which is what protects the others.
 */
export class RateQuota {
  readonly #usual: IngestQuota | undefined;
  readonly #nowMs: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(usual: IngestQuota | undefined, nowMs: () => number) {
    this.#usual = usual;
    this.#nowMs = nowMs;
  }

  /** Throws a Refusal while the sender is over its rate. */
  admit(sender: RatedSender): void {
    const quota = sender.quota ?? this.#usual;
    if (quota === undefined || this.#bucket(sender.key, quota).records > 0) return;
    throw new Refusal(
      'quota_exceeded',
      `more than ${quota.recordsPerSecond} records a second came with this token`,
    );
  }

  charge(sender: RatedSender, records: number): void {
    const quota = sender.quota ?? this.#usual;
    if (quota !== undefined) this.#bucket(sender.key, quota).records -= records;
  }

  #bucket(key: string, { recordsPerSecond, burstRecords }: IngestQuota): Bucket {
    const nowMs = this.#nowMs();
    const bucket = this.#buckets.get(key) ?? { records: burstRecords, atMs: nowMs };
    // A clock that was set back gives nothing, and takes nothing.
    const passedMs = Math.max(0, nowMs - bucket.atMs);
    bucket.records = Math.min(burstRecords, bucket.records + (passedMs / 1_000) * recordsPerSecond);
    bucket.atMs = nowMs;
    if (!this.#buckets.has(key)) this.#remember(key, bucket, burstRecords);
    return bucket;
  }

  #remember(key: string, bucket: Bucket, burstRecords: number): void {
    if (this.#buckets.size >= MOST_BUCKETS)
      for (const [name, known] of this.#buckets)
        if (known.records >= burstRecords) this.#buckets.delete(name);
    this.#buckets.set(key, bucket);
  }
}
