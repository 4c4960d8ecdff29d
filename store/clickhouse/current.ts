/** `replayed_at` of the row that came in. */
export const AS_IT_CAME = "fromUnixTimestamp64Milli(0, 'UTC')";

/**
 * Of each decision the row that counts: the last replay's, or else the one that came in. A condition on `decisions`;
 * `scope` is the statement's own condition on project, system and time, so that replays are looked for nowhere else.
 * A decision's copies share its event time. Where there was no replay, the index answers without reading rows.
 */
export const current = (scope: string): string => `if(replayed_at = ${AS_IT_CAME},
    decision_id NOT IN (SELECT decision_id FROM decisions WHERE ${scope} AND replayed_at > ${AS_IT_CAME}),
    (decision_id, replayed_at) IN (SELECT decision_id, max(replayed_at) FROM decisions
      WHERE ${scope} AND replayed_at > ${AS_IT_CAME} GROUP BY decision_id))`;

/** What is counted: decisions as they stand, without those that a contract keeps apart. */
export const counted = (scope: string): string => `NOT quarantined AND ${current(scope)}`;
