import type { DocumentName, ProjectId, SystemName } from './ids.ts';

export const VERDICTS = ['ok', 'drift', 'burning', 'breach', 'not_enough_data', 'blind'] as const;
/**
 * What an analyzer says about one window.
 * `blind`: it could not look (no reference, stale input). `not_enough_data`: it looked, and cannot tell. Neither is health.
 */
export type Verdict = (typeof VERDICTS)[number];

export const FINDING_KINDS = ['drift', 'quality', 'slo', 'performance'] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export const SEVERITIES = ['page', 'ticket', 'log'] as const;
export type Severity = (typeof SEVERITIES)[number];

export type Finding = {
  /** Deterministic: the same evaluation repeated has the same id, so a repeat is recognised. */
  readonly id: string;
  readonly project: ProjectId;
  readonly system: SystemName;
  /** The monitor or SLO document that asked. */
  readonly monitor: DocumentName;
  readonly kind: FindingKind;
  /** Feature name, `@score`, `@volume`, `@contract`, or the SLO's name. */
  readonly subject: string;
  /** '' is all versions. */
  readonly modelVersion: string;
  /** `key=value`; '' is everything. */
  readonly segment: string;
  readonly verdict: Verdict;
  readonly severity: Severity;
  /** `psi`, `js_distance`, `ks`, `burn_rate`, `null_share`, `out_of_range_share`, `new_category_share`, `contract_violation_share`. */
  readonly statistic: string;
  readonly value: number | null;
  readonly limit: number | null;
  readonly n: number;
  readonly nReference: number;
  /** Event time since when; null when unknown. */
  readonly onsetMs: number | null;
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  /** Wall clock of the evaluation. */
  readonly evaluatedAtMs: number;
  /** One sentence a person can read at 3 am. */
  readonly sentence: string;
  readonly evidence: Readonly<Record<string, unknown>>;
};

export const isFiring = (verdict: Verdict): boolean =>
  verdict === 'drift' || verdict === 'burning' || verdict === 'breach';
