import { performance } from 'node:perf_hooks';
import type { Emit } from '../events.ts';
import { Refusal } from '../refusal.ts';
import type { SpoolFile, SpoolFiles } from './files.ts';
import type { Frame } from './frame.ts';
import { keepLayouts } from './layouts.ts';
import { QUARANTINE, recoverSegments } from './recover.ts';
import { type Segment, SegmentContents } from './segment.ts';
import { Trouble } from './trouble.ts';

export type SpoolOptions = {
  readonly directory: string;
  readonly segmentBytes: number;
  readonly segmentAgeMs: number;
  readonly commitWindowMs: number;
  readonly quotaBytes: number;
  readonly files: SpoolFiles;
  readonly emit: Emit;
  /** A segment waits for the loader. */
  readonly onSealed: () => void;
};

type Waiting = {
  readonly frame: Frame;
  readonly sinceMs: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
};
type OpenSegment = {
  readonly name: string;
  readonly file: SpoolFile;
  readonly contents: SegmentContents;
  bytes: number;
};

/** While the loader is busy (or the store away) a segment grows this many times as old: fewer, larger inserts. */
const BUSY_AGE_FACTOR = 10;
/** One group commit writes at most this much, so that one fdatasync does not hold everybody up. */
const GROUP_BYTES = 16 * 1024 * 1024;

/** Frames that were acknowledged, in segments on disk, until the loader has brought them into the store. */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #trouble: Trouble;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #open: OpenSegment | undefined;
  #sealed: Segment[] = [];
  #diskBytes = 0;
  #nextNumber = 1;
  #committing: Promise<void> | undefined;
  #commitTimer: NodeJS.Timeout | undefined;
  /** The first of those that are being written. */
  #written: Waiting | undefined;
  /** Requests that shared the last fdatasync. */
  #lastGroup = 0;
  #ageTimer: NodeJS.Timeout | undefined;
  /** The open segment is old enough to be handed over. */
  #age: 'young' | 'due' | 'overdue' = 'young';
  #loaderIdle = true;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#trouble = new Trouble(options.emit);
  }

  /** Takes over what an earlier process left. */
  async open(): Promise<void> {
    const { directory, files, emit } = this.#options;
    await files.makeDirectory(directory);
    await keepLayouts(directory, files);
    this.#sealed = await recoverSegments(directory, files, emit);
    for (const segment of this.#sealed) this.#diskBytes += segment.bytes;
    this.#nextNumber = await this.#firstFreeNumber();
    if (this.#sealed.length === 0) return;
    const records = this.#sealed.reduce((sum, segment) => sum + segment.contents.records, 0);
    emit({ kind: 'recovered', segments: this.#sealed.length, records, bytes: this.#diskBytes });
    this.#options.onSealed();
  }

  /** Numbers are never used twice, so a segment in quarantine is not overwritten by a later one. */
  async #firstFreeNumber(): Promise<number> {
    const { directory, files } = this.#options;
    const aside = await files.list(`${directory}/${QUARANTINE}`).catch(() => []);
    const numbers = [...aside, ...this.#sealed.map(({ name }) => name)].map((name) =>
      Number.parseInt(name, 10),
    );
    return Math.max(0, ...numbers.filter(Number.isFinite)) + 1;
  }

  get bytes(): number {
    return this.#diskBytes;
  }

  /** How long the frame that waits longest for the disk has waited. */
  get oldestWaitMs(): number {
    const oldest = this.#written ?? this.#waiting[0];
    return oldest === undefined ? 0 : performance.now() - oldest.sinceMs;
  }

  /** Resolves when the frame is on disk; rejects with a Refusal when it is not, and then it is not kept. */
  append(frame: Frame): Promise<void> {
    const { quotaBytes, commitWindowMs } = this.#options;
    if (this.#diskBytes + this.#waitingBytes + frame.bytes.length > quotaBytes)
      return Promise.reject(new Refusal('spool_full', 'the spool is full; the store takes no rows'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ frame, sinceMs: performance.now(), resolve, reject });
      this.#waitingBytes += frame.bytes.length;
      if (this.#committing !== undefined || this.#commitTimer !== undefined) return;
      // Who came alone last time has nobody to wait for; who comes during its fdatasync shares the next one.
      if (this.#lastGroup < 2) this.#startCommit();
      else this.#commitTimer = setTimeout(() => this.#startCommit(), commitWindowMs);
    });
  }

  /** Headers of what is on disk and not loaded. */
  contents(): SegmentContents[] {
    const all = this.#sealed.map((segment) => segment.contents);
    if (this.#open) all.push(this.#open.contents);
    return all;
  }

  sealed(): readonly Segment[] {
    return this.#sealed;
  }

  /** While the loader works, the open segment grows instead of ageing: fewer, larger inserts under load. */
  loaderIs(state: 'idle' | 'busy'): void {
    this.#loaderIdle = state === 'idle';
    this.#sealIfDue();
  }

  /** The segment's rows are in the store. */
  async remove(segment: Segment): Promise<void> {
    await this.#options.files.remove(segment.path);
    this.#drop(segment);
  }

  /** The store will never take this segment: it is kept apart, and the others go on. */
  async quarantine(segment: Segment, sentence: string): Promise<void> {
    const { directory, files, emit } = this.#options;
    await files.makeDirectory(`${directory}/${QUARANTINE}`);
    await files.move(segment.path, `${directory}/${QUARANTINE}/${segment.name}`);
    this.#drop(segment);
    emit({ kind: 'segment_quarantined', segment: segment.name, bytes: segment.bytes, sentence });
  }

  #drop(segment: Segment): void {
    this.#sealed = this.#sealed.filter((other) => other !== segment);
    this.#diskBytes -= segment.bytes;
  }

  /** Commits what waits and hands the open segment to the loader. */
  async seal(): Promise<void> {
    while (this.#waiting.length > 0 || this.#committing) {
      if (!this.#committing) this.#startCommit();
      await this.#committing;
    }
    await this.#sealOpen();
  }

  #startCommit(): void {
    clearTimeout(this.#commitTimer);
    this.#commitTimer = undefined;
    this.#committing = this.#commitAll().finally(() => {
      this.#committing = undefined;
      this.#sealIfDue();
    });
  }

  /** Group after group until nobody waits: requests that come during an fdatasync share the next one. */
  async #commitAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      this.#written = group[0];
      const bytes = group.reduce((sum, { frame }) => sum + frame.bytes.length, 0);
      try {
        await this.#commit(group, bytes);
      } catch (error) {
        const refusal = refusalOf(error);
        this.#trouble.failed(refusal, group.length);
        await this.#abandonOpen();
        for (const { reject } of group) reject(refusal);
      }
      this.#waitingBytes -= bytes;
      this.#written = undefined;
    }
  }

  #takeGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { frame } of this.#waiting) {
      if (count > 0 && bytes + frame.bytes.length > GROUP_BYTES) break;
      bytes += frame.bytes.length;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(group: readonly Waiting[], bytes: number): Promise<void> {
    this.#open ??= await this.#create();
    const open = this.#open;
    await open.file.append(group.map(({ frame }) => frame.bytes));
    const startedMs = performance.now();
    await open.file.fdatasync();
    const fdatasyncMs = performance.now() - startedMs;
    open.bytes += bytes;
    this.#diskBytes += bytes;
    for (const { frame, resolve } of group) {
      open.contents.add(frame.header);
      resolve();
    }
    this.#trouble.wrote();
    this.#lastGroup = group.length;
    this.#options.emit({ kind: 'committed', requests: group.length, bytes, fdatasyncMs });
    if (open.bytes >= this.#options.segmentBytes || this.#isDue()) await this.#sealOpen();
    else if (this.#ageTimer === undefined) this.#startAgeing();
  }

  async #create(): Promise<OpenSegment> {
    const { directory, files } = this.#options;
    const name = `${String(this.#nextNumber).padStart(12, '0')}.seg`;
    this.#nextNumber += 1;
    return { name, file: await files.create(directory, name), contents: new SegmentContents(), bytes: 0 };
  }

  #startAgeing(): void {
    this.#ageTimer = setTimeout(() => {
      this.#age = 'due';
      this.#ageTimer = setTimeout(() => {
        this.#age = 'overdue';
        this.#sealIfDue();
      }, this.#options.segmentAgeMs * BUSY_AGE_FACTOR);
      this.#sealIfDue();
    }, this.#options.segmentAgeMs);
  }

  /** A segment is not closed under the commit that writes to it: that one looks again when it is done. */
  #sealIfDue(): void {
    if (this.#isDue() && this.#committing === undefined) void this.#sealOpen();
  }

  #isDue(): boolean {
    return this.#age === 'overdue' || (this.#age === 'due' && this.#loaderIdle);
  }

  async #sealOpen(): Promise<void> {
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    clearTimeout(this.#ageTimer);
    this.#ageTimer = undefined;
    this.#age = 'young';
    if (open.bytes > 0) this.#sealed.push(this.#segmentOf(open));
    await open.file.close().catch(() => undefined);
    if (open.bytes > 0) this.#options.onSealed();
  }

  #segmentOf(open: OpenSegment): Segment {
    const path = `${this.#options.directory}/${open.name}`;
    return { name: open.name, path, bytes: open.bytes, contents: open.contents };
  }

  /**
   * After a failed write or fdatasync nothing is asked of that descriptor again: the kernel may have thrown the dirty
   * pages away and would report success. What was committed before goes on to the loader; the next group gets a new file.
   */
  async #abandonOpen(): Promise<void> {
    const open = this.#open;
    if (!open) return;
    await open.file.truncate(open.bytes).catch(() => undefined);
    await this.#sealOpen();
    if (open.bytes === 0)
      await this.#options.files.remove(`${this.#options.directory}/${open.name}`).catch(() => undefined);
  }
}

function refusalOf(error: unknown): Refusal {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new Refusal(full ? 'disk_full' : 'disk_error', message, error);
}
