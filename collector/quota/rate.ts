import type { ProjectId } from '../../model/ids.ts';
import { Refusal } from '../refusal.ts';

/** What one project may send. */
export type RateLimit = {
  /** In the long run. */
  readonly recordsPerSecond: number;
  /** At once, after a pause. */
  readonly burstRecords: number;
};

type Bucket = { records: number; atMs: number };

/** Buckets remembered at once; a full one says nothing that its absence does not. */
const MOST_BUCKETS = 10_000;

/**
 * A token bucket per project. How many records a request holds is known only when it is decoded: so a request is taken
 * while anything is left, and what it held is paid afterwards, into debt if need be. In the long run the rate holds
 * exactly, and a sender over it is refused before its body is read, which is what protects the others.
 */
export class RateQuota {
  readonly #limit: RateLimit | undefined;
  readonly #nowMs: () => number;
  readonly #buckets = new Map<ProjectId, Bucket>();

  constructor(limit: RateLimit | undefined, nowMs: () => number) {
    this.#limit = limit;
    this.#nowMs = nowMs;
  }

  /** Throws a Refusal while the project is over its rate. */
  admit(project: ProjectId): void {
    if (this.#limit === undefined || this.#bucket(project, this.#limit).records > 0) return;
    const { recordsPerSecond } = this.#limit;
    throw new Refusal('quota_exceeded', `the project sends more than ${recordsPerSecond} records a second`);
  }

  charge(project: ProjectId, records: number): void {
    if (this.#limit !== undefined) this.#bucket(project, this.#limit).records -= records;
  }

  #bucket(project: ProjectId, { recordsPerSecond, burstRecords }: RateLimit): Bucket {
    const nowMs = this.#nowMs();
    const bucket = this.#buckets.get(project) ?? { records: burstRecords, atMs: nowMs };
    // A clock that was set back gives nothing, and takes nothing.
    const passedMs = Math.max(0, nowMs - bucket.atMs);
    bucket.records = Math.min(burstRecords, bucket.records + (passedMs / 1_000) * recordsPerSecond);
    bucket.atMs = nowMs;
    if (!this.#buckets.has(project)) this.#remember(project, bucket, burstRecords);
    return bucket;
  }

  #remember(project: ProjectId, bucket: Bucket, burstRecords: number): void {
    if (this.#buckets.size >= MOST_BUCKETS)
      for (const [name, known] of this.#buckets)
        if (known.records >= burstRecords) this.#buckets.delete(name);
    this.#buckets.set(project, bucket);
  }
}
