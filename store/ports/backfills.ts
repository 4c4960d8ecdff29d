import type { ProjectId } from '../../model/ids.ts';

/** Profiles of a stretch that are made again from the decisions. */
export type Backfill = {
  readonly id: string;
  readonly project: ProjectId;
  readonly system: string;
  /** Half-open, event time, whole minutes. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly doneUntilMs: number;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly lastError: string;
  readonly by: string;
  readonly askedAtMs: number;
};

export interface BackfillStore {
  ask(backfill: Omit<Backfill, 'doneUntilMs' | 'state' | 'lastError'>): Promise<Backfill>;
  /** The oldest one of the system that is not finished. */
  next(project: ProjectId, system: string): Promise<Backfill | undefined>;
  save(backfill: Backfill, nowMs: number): Promise<void>;
  get(project: ProjectId, id: string): Promise<Backfill | undefined>;
  /** Newest first. */
  list(project: ProjectId, system: string, limit: number): Promise<Backfill[]>;
}
