import type { ProjectId } from '../../model/ids.ts';

/** Newest segment of one loader that was looked at. Rows are counted, because a segment may become visible in parts. */
export type SegmentMark = { readonly atMs: number; readonly rows: number };
/** loader → mark. Nothing is skipped when several collectors run. */
export type Cursors = Readonly<Record<string, SegmentMark>>;

/** One stream of rows of a system: how far it was read, and how far its event time has come. */
export type StreamProgress = {
  readonly cursors: Cursors;
  /** Newest event time seen; null before the first row. */
  readonly newestMs: number | null;
  /** Wall clock at which its last row was loaded; null before the first. */
  readonly loadedAtMs: number | null;
};

export type AnalysisProgress = {
  readonly decisions: StreamProgress;
  readonly outcomes: StreamProgress;
  readonly firstEventMs: number | null;
  /** Minutes before it are closed. */
  readonly watermarkMs: number | null;
  /** Minutes before it are summarised. */
  readonly profiledUntilMs: number | null;
  /** Stamp of the newest summaries; rises with every run, so that a later restatement always wins. */
  readonly computedAtMs: number;
};

export type EvaluationProgress = {
  readonly monitor: string;
  /** Version of the document that was evaluated. */
  readonly version: number;
  readonly evaluatedUntilMs: number;
  readonly state: Readonly<Record<string, unknown>>;
  /** '' when the last attempt went well. */
  readonly lastError: string;
};

/** How far the analyzers have come. */
export interface ProgressStore {
  /**
   * Runs `work` while nobody else, in this process or another, works on the system; `busy` when somebody does.
   * The hold ends with the process that had it.
   */
  exclusively<T>(
    project: ProjectId,
    system: string,
    work: () => Promise<T>,
  ): Promise<{ readonly kind: 'ran'; readonly result: T } | { readonly kind: 'busy' }>;
  analysis(project: ProjectId, system: string): Promise<AnalysisProgress>;
  saveAnalysis(project: ProjectId, system: string, progress: AnalysisProgress): Promise<void>;
  /** Every system whose rows were ever looked at. */
  systems(): Promise<{ readonly project: ProjectId; readonly system: string }[]>;
  /** Says that a process looked after the system. */
  noteTick(project: ProjectId, system: string, by: string, nowMs: number): Promise<void>;
  /** When each system was last looked after, by the wall clock. */
  ticks(
    project: ProjectId,
  ): Promise<{ readonly system: string; readonly atMs: number; readonly by: string }[]>;
  evaluations(project: ProjectId): Promise<EvaluationProgress[]>;
  saveEvaluation(project: ProjectId, progress: EvaluationProgress): Promise<void>;
}
