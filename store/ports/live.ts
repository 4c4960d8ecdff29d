import type { ProjectId } from '../../model/ids.ts';
import type { PostgresTx } from './postgres.ts';

/** ingest: rows were loaded · analysis: findings were written · the rest: that thing changed. */
export type LiveTopic = 'ingest' | 'analysis' | 'slo' | 'incident' | 'review' | 'gate' | 'document';

export type LiveEvent = {
  readonly seq: number;
  readonly atMs: number;
  readonly project: ProjectId;
  readonly topic: LiveTopic;
  /** The thing's id or name; '' when many changed. */
  readonly ref: string;
};

/** Hints for live screens, across processes: "this changed, ask again". Kept for ten minutes. */
export interface LiveBus {
  publish(project: ProjectId, topic: LiveTopic, ref: string, nowMs: number, tx?: PostgresTx): Promise<void>;
  /** Events after `seq`, oldest first; `reset` when some of them are gone already. */
  after(project: ProjectId, seq: number): Promise<{ readonly reset: boolean; readonly events: LiveEvent[] }>;
  /** Calls back for each new event of any project; returns how to stop. */
  subscribe(onEvent: (event: LiveEvent) => void): Promise<() => Promise<void>>;
  /** Drops events older than the instant. */
  trim(beforeMs: number): Promise<void>;
}
