const MIB = 1024 * 1024;

/** Every bound of the collector, with its unit. All can be configured; none can be switched off. */
export type CollectorLimits = {
  /** Of one body, on the wire and again inflated (OTLP 1.11 recommends 64 MiB). */
  readonly bodyBytes: number;
  /** Of all bodies in memory at once; beyond it requests are answered 503. */
  readonly inFlightBytes: number;
  /** What becomes no more than this is decoded where it was received, and not in a thread of its own. */
  readonly hereBytes: number;
  /** While work waits longer than this, whatever comes anew is answered 503 before its body is read. */
  readonly admissionWaitMs: number;
  readonly headersTimeoutMs: number;
  /** From the end of the headers to the last byte of the body. */
  readonly bodyTimeoutMs: number;
  /** How long the first request of a group waits for others to share its fdatasync, while they come close together. */
  readonly commitWindowMs: number;
  readonly segmentBytes: number;
  /** Age at which a segment is handed to the loader, so that a lone decision shows within a second. */
  readonly segmentAgeMs: number;
  /** Of all segments on disk; beyond it requests are answered 503 until the loader has caught up. */
  readonly spoolBytes: number;
  /** How long `stop` waits for the spool to drain; what is left is loaded at the next start. */
  readonly drainMs: number;
  /** A store that is away is asked again after the least, then twice as long each time, up to the most. */
  readonly storeRetryMs: { readonly least: number; readonly most: number };
  /** How long a verified token is believed without asking again. */
  readonly tokenCacheMs: number;
};

export const DEFAULT_LIMITS: CollectorLimits = {
  bodyBytes: 64 * MIB,
  inFlightBytes: 256 * MIB,
  // The way to another thread and back costs about what it costs to decode a quarter of this.
  hereBytes: 64 * 1024,
  // OTel-JS gives a request up after ten seconds, retries included: so much is left for the one that then comes again.
  admissionWaitMs: 3_000,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  commitWindowMs: 2,
  segmentBytes: 16 * MIB,
  segmentAgeMs: 400,
  spoolBytes: 4_096 * MIB,
  drainMs: 10_000,
  storeRetryMs: { least: 250, most: 5_000 },
  tokenCacheMs: 10_000,
};

/** Beside the thread that receives and one for the engine in this process, which needs more of a core than either. */
const KEPT_CORES = 2;
/** Past this the disk limits, or the thread that receives. */
const MOST_THREADS = 4;

/** How many threads decode on a machine with so many cores: with one or two there is none to spare, and nothing is gained. */
export const decodeThreads = (cores: number): number =>
  Math.min(Math.max(cores - KEPT_CORES, 0), MOST_THREADS);

/** Whole seconds: OTel-JS gives up when Retry-After is longer than what is left of its ten. */
const RETRY_AFTER_SECONDS = { least: 1, most: 3 } as const;

/** With 0 ≤ random < 1, so that senders do not come back together. */
export const retryAfterSeconds = (random: number): number =>
  RETRY_AFTER_SECONDS.least + Math.floor(random * (RETRY_AFTER_SECONDS.most - RETRY_AFTER_SECONDS.least + 1));
