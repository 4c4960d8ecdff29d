import { DEFAULT_PROJECT, type ProjectId } from '../model/ids.ts';
import { REASONS, type Reason, type Rejection, type Signal } from './reasons.ts';
import type { Refusal } from './refusal.ts';
import { encodeFrame, type Frame } from './spool/frame.ts';

/** The last refusals that a person is shown, with what to fix. */
const KEPT = 20;
const MINUTE_MS = 60_000;

export type RefusalNote = {
  readonly project: ProjectId;
  readonly atMs: number;
  readonly signal: Signal;
  readonly reason: Reason;
  /** What was wrong, and what to do about it. */
  readonly message: string;
};

/** Of one project, minute and signal. */
type Counted = {
  readonly project: ProjectId;
  readonly minuteMs: number;
  readonly signal: Signal;
  readonly rejected: Readonly<Record<string, number>>;
};

const frameOf = ({ project, minuteMs, signal, rejected }: Counted): Frame =>
  encodeFrame({ project, minuteMs, signals: [{ signal, rows: 0, bytes: 0, rejected, ranges: [] }] }, []);

/**
 * Remembers the last refusals, and counts whole requests that were refused until the spool takes them up: a request
 * that could not be read counts as one record. One that is answered 503 is not counted, for its sender keeps it and comes again.
 */
export class RefusalBook {
  #notes: RefusalNote[] = [];
  #counts = new Map<string, Counted>();
  readonly #onCounted: () => void;

  constructor(onCounted: () => void) {
    this.#onCounted = onCounted;
  }

  /** Newest first. */
  last(): readonly RefusalNote[] {
    return this.#notes;
  }

  records(project: ProjectId, rejections: readonly Rejection[], atMs: number): void {
    for (const { signal, reason, message } of rejections.slice(0, KEPT))
      this.#note(project, signal, reason, message, atMs);
  }

  /** Without a project the sender is a stranger: the operator is told, and no project's ledger can be filled by it. */
  request(project: ProjectId | undefined, signal: Signal, refusal: Refusal, atMs: number): void {
    this.#note(project ?? DEFAULT_PROJECT, signal, refusal.reason, refusal.message, atMs);
    if (refusal.retryable || project === undefined) return;
    const minuteMs = atMs - (atMs % MINUTE_MS);
    this.#count({ project, minuteMs, signal, rejected: { [refusal.reason]: 1 } });
  }

  /** What was counted since the last time, as frames without rows; a frame that nobody could keep is given back. */
  take(): { readonly frame: Frame; readonly giveBack: () => void }[] {
    const taken = [...this.#counts.values()];
    this.#counts = new Map();
    return taken.map((counted) => ({ frame: frameOf(counted), giveBack: () => this.#count(counted) }));
  }

  #count({ project, minuteMs, signal, rejected }: Counted): void {
    const key = `${project}\n${minuteMs}\n${signal}`;
    const sums = { ...this.#counts.get(key)?.rejected };
    for (const [reason, times] of Object.entries(rejected)) sums[reason] = (sums[reason] ?? 0) + times;
    this.#counts.set(key, { project, minuteMs, signal, rejected: sums });
    this.#onCounted();
  }

  #note(project: ProjectId, signal: Signal, reason: Reason, message: string, atMs: number): void {
    const note = { project, atMs, signal, reason, message: `${message}. ${REASONS[reason]}` };
    this.#notes = [note, ...this.#notes].slice(0, KEPT);
  }
}
