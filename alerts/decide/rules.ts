import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/time.ts';

/** When an incident ends, in one place. All spans are event time. */
export const INCIDENT_RULES = {
  /** Calm windows in a row before a signal counts as recovered: one good look can be luck. */
  windowsToRecover: 2,
  /** A signal that came back needs twice the calm each time, up to 2 × 2^3 = 16 windows. */
  maximumDoublings: 3,
  /**
   * After the last signal recovered, this long without a new one before the incident is resolved: the short window of
   * the slowest pair of its severity, so that a burn that hovers around its limit is one incident and not twenty.
   */
  calmMs: { page: 30 * MINUTE_MS, ticket: 6 * HOUR_MS, log: 6 * HOUR_MS },
  /** Signals that one incident keeps; over it the oldest calm ones are let go. */
  maximumSignals: 200,
} as const;
export type IncidentRules = typeof INCIDENT_RULES;

/** When Leeway may act by itself, beyond what the policy says. */
export const ACTION_RULES = {
  /** A version is suspect when it went live at most this long before the onset. Later trouble has another cause. */
  suspectLookBackMs: 7 * DAY_MS,
  /**
   * An onset is an estimate: of a burn rate it can lie as far back as the longest page window (6 h, SRE workbook ch. 5)
   * before the version that caused it. Earlier trouble is older than the version.
   */
  onsetSlackMs: 6 * HOUR_MS,
  /** A bad share of at most this part of the present one is clearly better, whatever the objective says of it. */
  clearlyBetterShare: 0.5,
  /** Serving well counts only over a whole day: a few good hours may have been the night. */
  servedWellMs: DAY_MS,
  /** More systems than this on fire at once have a cause in common: no automatic action, a person decides. */
  stormSystems: 3,
} as const;

export const VERIFY_RULES = {
  /** Where the policy is gone, or a person acted: the policy's own default. */
  defaultAfterMs: 6 * HOUR_MS,
  /** The lower of the workbook's two paging burn rates (6 h window): at or over it the rollback did not help. */
  pagingBurnRate: 6,
  /** Signals that cannot be told apart by version get this many times the span before they count as still burning. */
  giveUpFactor: 4,
  /** Judged events of the target version without which nothing is verified. */
  minimumN: 100,
  /** Everything goes to people and nothing can be judged: after this the gate lets the machine decide again, under watch. */
  trialAfterMs: 6 * HOUR_MS,
} as const;
