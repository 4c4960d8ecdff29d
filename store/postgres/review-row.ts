import type { DecisionId, IncidentId, ProjectId, SystemName } from '../../model/ids.ts';
import { type ReviewItem, type ReviewState, type Ruling, ruling } from '../../model/review.ts';

/** SQL for a bound epoch in milliseconds, and for reading one back as a number. */
export const at = (parameter: number): string => `to_timestamp($${parameter}::float8 / 1000)`;
/** Open, or claimed under a lease that ran out, which counts as open before anybody has tidied up. */
export const free = (now: string): string =>
  `(state = 'open' OR (state = 'claimed' AND lease_until <= ${now}))`;
const ms = (column: string, name: string): string =>
  `round(extract(epoch FROM ${column}) * 1000)::float8 AS "${name}"`;

export const ITEM = `id, project, system, queue, decision_id AS "decisionId", incident::float8 AS incident, reason, state,
  priority, inclusion_probability AS "inclusionProbability", claimed_by AS "claimedBy", fence::float8 AS fence, ruling,
  ruled_by AS "ruledBy", ${ms('created_at', 'createdAtMs')}, ${ms('due_at', 'dueAtMs')},
  ${ms('lease_until', 'leaseUntilMs')}, ${ms('ruled_at', 'ruledAtMs')}`;
export const DECIDED = `decision_value AS "decisionValue", ${ms('decision_time', 'decisionTimeMs')}, (
  SELECT round(extract(epoch FROM p.watermark) * 1000)::float8 FROM analysis_progress p
  WHERE p.project = review_item.project AND p.system = review_item.system) AS "watermarkMs"`;

export type ItemRow = {
  readonly id: string;
  readonly project: ProjectId;
  readonly system: SystemName;
  readonly queue: string;
  readonly decisionId: DecisionId;
  readonly incident: IncidentId | null;
  readonly reason: string;
  readonly state: ReviewState;
  readonly priority: number;
  readonly inclusionProbability: number;
  readonly claimedBy: string;
  readonly fence: number;
  readonly ruling: unknown;
  readonly ruledBy: string;
  readonly createdAtMs: number;
  readonly dueAtMs: number;
  readonly leaseUntilMs: number | null;
  readonly ruledAtMs: number | null;
};

const rulingOf = (stored: unknown): Ruling | null => (stored === null ? null : ruling.parse(stored));
export const itemOf = (row: ItemRow): ReviewItem => ({ ...row, ruling: rulingOf(row.ruling) });
