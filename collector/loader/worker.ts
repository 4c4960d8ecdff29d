import { Failure } from '../../model/failure.ts';
import type { ProjectId } from '../../model/ids.ts';
import type { LedgerEntry, LedgerStore } from '../../store/ports/ledger.ts';
import type { Emit, SignalCounts } from '../events.ts';
import type { CollectorLimits } from '../limits.ts';
import type { Segment } from '../spool/segment.ts';
import type { Spool } from '../spool/spool.ts';
import { type Loaded, type SegmentLoader, sumBySignal } from './loader.ts';

/** A segment that the store refused so often, while it took another one, is set aside. */
const REFUSALS_BEFORE_QUARANTINE = 5;

export type LoadWorkerOptions = {
  readonly spool: Spool;
  readonly loader: SegmentLoader;
  readonly ledger: LedgerStore;
  readonly retryMs: CollectorLimits['storeRetryMs'];
  readonly nowMs: () => number;
  /** 0 ≤ random < 1. */
  readonly random: () => number;
  readonly emit: Emit;
  readonly onLoaded: (project: ProjectId, counts: SignalCounts) => void;
};

/** Takes sealed segments one after the other, oldest first, for as long as it runs. */
export class LoadWorker {
  readonly #options: LoadWorkerOptions;
  readonly #refusals = new Map<string, { count: number; loadedSince: boolean }>();
  #running: Promise<void> | undefined;
  #stopping = false;
  #failures = 0;
  #pause: { readonly timer: NodeJS.Timeout; readonly end: () => void } | undefined;

  constructor(options: LoadWorkerOptions) {
    this.#options = options;
  }

  /** There is (perhaps) something to load. */
  wake(): void {
    if (this.#running || this.#stopping) return;
    this.#options.spool.loaderIs('busy');
    this.#running = this.#drain().finally(() => {
      this.#running = undefined;
      this.#options.spool.loaderIs('idle');
      if (this.#options.spool.sealed().length > 0) this.wake();
    });
  }

  /** Loads what is sealed, but not beyond the deadline: what is left is loaded at the next start. */
  async stop(drainMs: number): Promise<void> {
    const deadline = setTimeout(() => this.#interrupt(), drainMs);
    while (!this.#stopping && this.#failures === 0 && this.#options.spool.sealed().length > 0) {
      this.wake();
      await this.#running;
    }
    clearTimeout(deadline);
    this.#interrupt();
    await this.#running;
  }

  #interrupt(): void {
    this.#stopping = true;
    if (!this.#pause) return;
    clearTimeout(this.#pause.timer);
    this.#pause.end();
  }

  async #drain(): Promise<void> {
    while (!this.#stopping) {
      const segment = this.#next();
      if (!segment) return;
      await this.#loadOne(segment);
    }
  }

  /** The oldest one, but those that were refused come after those that were not. */
  #next(): Segment | undefined {
    const sealed = this.#options.spool.sealed();
    return sealed.find(({ name }) => !this.#refusals.has(name)) ?? sealed[0];
  }

  async #loadOne(segment: Segment): Promise<void> {
    const { spool, loader, nowMs } = this.#options;
    const startedMs = nowMs();
    let loaded: Loaded;
    try {
      loaded = await loader.load(segment);
      await spool.remove(segment);
    } catch (error) {
      await this.#failed(segment, error);
      return;
    }
    if (this.#failures > 0) this.#options.emit({ kind: 'store_back' });
    this.#failures = 0;
    this.#refusals.delete(segment.name);
    for (const refusal of this.#refusals.values()) refusal.loadedSince = true;
    this.#tell(segment, loaded, nowMs() - startedMs);
  }

  #tell(segment: Segment, { entries }: Loaded, loadMs: number): void {
    const { emit, spool, onLoaded } = this.#options;
    emit({
      kind: 'loaded',
      segment: segment.name,
      bytes: segment.bytes,
      stored: sumBySignal(entries, (entry) => entry.stored),
      deduplicated: sumBySignal(entries, (entry) => entry.deduplicated),
      loadMs,
      segmentsWaiting: spool.sealed().length,
    });
    for (const project of new Set(entries.map((entry) => entry.project))) {
      const own = entries.filter((entry) => entry.project === project);
      const stored = sumBySignal(own, (entry) => entry.stored);
      if (Object.values(stored).some((count) => count > 0)) onLoaded(project, stored);
    }
  }

  async #failed(segment: Segment, error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof Failure && error.reason === 'query_refused') {
      const refusal = this.#refusals.get(segment.name) ?? { count: 0, loadedSince: false };
      refusal.count += 1;
      this.#refusals.set(segment.name, refusal);
      if (refusal.count >= REFUSALS_BEFORE_QUARANTINE && refusal.loadedSince) {
        await this.#setAside(segment, message);
        return;
      }
    }
    this.#failures += 1;
    const { retryMs, random } = this.#options;
    const longestMs = Math.min(retryMs.least * 2 ** (this.#failures - 1), retryMs.most);
    // Jitter, so that collectors do not come together.
    const retryInMs = Math.round(longestMs * (0.5 + random() / 2));
    this.#options.emit({ kind: 'store_unavailable', message, retryInMs });
    await this.#sleep(retryInMs);
  }

  /** The ledger keeps its balance: these records were received, and are refused now. */
  async #setAside(segment: Segment, sentence: string): Promise<void> {
    const entries = segment.contents.entries().map(
      (entry): LedgerEntry => ({
        ...entry,
        pending: 0,
        rejected: {
          ...entry.rejected,
          quarantined: (entry.rejected.quarantined ?? 0) + entry.pending,
        },
      }),
    );
    await this.#options.ledger.record(`quarantine ${segment.name}`, entries);
    await this.#options.spool.quarantine(segment, sentence);
    this.#refusals.delete(segment.name);
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#stopping) return;
    await new Promise<void>((resolve) => {
      this.#pause = { timer: setTimeout(resolve, ms), end: resolve };
    });
    this.#pause = undefined;
  }
}
