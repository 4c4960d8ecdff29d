import type { ProjectId } from '../model/ids.ts';
import type { Reason, Signal } from './reasons.ts';

export type SignalCounts = Readonly<Record<Signal, number>>;

export const noRecords = (): Record<Signal, number> => ({
  spans: 0,
  decisions: 0,
  outcomes: 0,
  logs: 0,
  metrics: 0,
});

/** Where the time of a request goes, from the end of its headers to its answer. */
export const STAGES = ['body', 'queue', 'decode', 'sync'] as const;
/**
 * `body`: it came in, and was inflated unless a thread does that · `queue`: it waited for its turn, or for a thread ·
 * `decode`: to rows · `sync`: until these were on disk.
 */
export type StageMs = Readonly<Record<(typeof STAGES)[number], number>>;

/** What happened in the collector, for metrics and log lines; one file of the app turns them into those. */
export type CollectorEvent =
  | {
      readonly kind: 'accepted';
      readonly project: ProjectId;
      readonly path: string;
      readonly wireBytes: number;
      readonly rows: SignalCounts;
      readonly rejected: number;
      /** Reserved attributes that were replaced by what the credential says. */
      readonly overwritten: number;
      readonly stageMs: StageMs;
      /** From the end of the headers to the answer: the stages, and what little lies between them. */
      readonly ackMs: number;
    }
  | {
      readonly kind: 'refused';
      readonly project: ProjectId | undefined;
      readonly path: string;
      readonly reason: Reason;
      readonly status: number;
      readonly message: string;
    }
  | {
      readonly kind: 'committed';
      readonly requests: number;
      readonly bytes: number;
      readonly fdatasyncMs: number;
    }
  | {
      readonly kind: 'loaded';
      readonly segment: string;
      readonly bytes: number;
      readonly stored: SignalCounts;
      readonly deduplicated: SignalCounts;
      readonly loadMs: number;
      readonly segmentsWaiting: number;
    }
  | {
      readonly kind: 'recovered';
      readonly segments: number;
      readonly records: number;
      readonly bytes: number;
    }
  | { readonly kind: 'tail_cut'; readonly segment: string; readonly bytes: number }
  | {
      readonly kind: 'segment_quarantined';
      readonly segment: string;
      readonly bytes: number;
      readonly sentence: string;
    }
  /** Told once, and again when the reason changes: until `spool_writes_again` every group of requests is refused. */
  | { readonly kind: 'spool_write_failed'; readonly reason: Reason; readonly message: string }
  | {
      readonly kind: 'spool_writes_again';
      readonly refusedRequests: number;
      readonly failedCommits: number;
      readonly afterMs: number;
    }
  | { readonly kind: 'store_unavailable'; readonly message: string; readonly retryInMs: number }
  | { readonly kind: 'store_back' }
  | { readonly kind: 'decoder_up' }
  /** A thread that decodes ended, and its requests were refused; another one takes its place. */
  | { readonly kind: 'decoder_lost'; readonly message: string }
  /** A request met a mistake of ours: its connection was closed, nothing of it was kept. */
  | { readonly kind: 'fault'; readonly error: unknown };

export type Emit = (event: CollectorEvent) => void;
