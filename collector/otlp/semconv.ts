/**
 * The semantic convention of decisions: which attributes of a span make it a decision, and what each one means.
 * A span is a decision if it has the string attribute `leeway.decision.value`. Its start is the decision's time,
 * its duration the latency.
 */
export const DECISION_PREFIX = 'leeway.decision.';

/** Attributes that hold one text, by their name behind the prefix. */
export const DECISION_TEXTS = [
  'value',
  'id',
  'system',
  'actor',
  'model.name',
  'model.version',
  'policy.name',
  'policy.version',
  'route',
] as const;
export type DecisionText = (typeof DECISION_TEXTS)[number];

/** Attributes that hold one number. */
export const DECISION_NUMBERS = ['score', 'confidence', 'weight'] as const;
export type DecisionNumber = (typeof DECISION_NUMBERS)[number];

/** Lists of texts. */
export const DECISION_LISTS = ['upstream', 'features.missing'] as const;

/** One attribute per feature: a number is numeric; a text or a boolean is categorical. */
export const FEATURE_PREFIX = 'feature.';
/** One attribute per segment key, for example `leeway.decision.segment.region`. */
export const SEGMENT_PREFIX = 'segment.';

/** Position in the Enum8 columns of the decisions table. */
export const ACTOR_CODE: Readonly<Record<string, number>> = { ai: 1, human: 2, both: 3 };
export const ROUTE_CODE: Readonly<Record<string, number>> = { auto: 1, review: 2 };
export const SOURCE_OTLP = 1;
export const SOURCE_JSON = 2;
