import type { Finding, FindingKind, Verdict } from '../../model/finding.ts';
import type { ProjectId } from '../../model/ids.ts';

export type FindingFilter = {
  readonly project: ProjectId;
  readonly system?: string;
  readonly monitor?: string;
  readonly kind?: FindingKind;
  readonly subject?: string;
  readonly verdicts?: readonly Verdict[];
  /** By windowEnd, half-open. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly limit: number;
};

/** What the analyzers said, for good. The seam between analyzers and alerts. */
export interface FindingLog {
  /** Repeats (same id) are stored once as readers see it. */
  append(findings: readonly Finding[]): Promise<void>;
  /** Findings evaluated (wall clock) at or after the instant, in order of evaluation, then of window end. For alerts. */
  since(project: ProjectId, evaluatedAtMs: number, limit: number): Promise<Finding[]>;
  /** Newest window first. */
  list(filter: FindingFilter): Promise<Finding[]>;
  /** The newest finding of each (monitor, subject, modelVersion, segment, statistic). */
  latest(project: ProjectId, system: string): Promise<Finding[]>;
}
