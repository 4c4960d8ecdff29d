import type { Actor, RouteMode } from '../model/decision.ts';
import type { FeatureValue } from './systems.ts';

/** One decision as it is sent: what a redaction hook sees, and what a test reads. */
export type DecisionRecord = {
  readonly system: string;
  readonly id: string;
  /** undefined: the decision ended before anything was decided; it is sent as a plain span. */
  readonly value: string | undefined;
  readonly actor: Actor;
  readonly route: RouteMode;
  readonly model: NameAndVersion;
  readonly policy: NameAndVersion;
  readonly score: number | undefined;
  readonly confidence: number | undefined;
  readonly weight: number | undefined;
  readonly features: Readonly<Record<string, FeatureValue>>;
  readonly segments: Readonly<Record<string, string>>;
  /** Free text it was decided from; null: asked for and missing. */
  readonly texts: Readonly<Record<string, string | null>>;
  readonly embeddings: Readonly<Record<string, readonly number[] | null>>;
  readonly upstream: readonly string[];
  /** What went wrong inside it, if `failed` was called. */
  readonly error: string | undefined;
};

export type NameAndVersion = { readonly name?: string | undefined; readonly version?: string | undefined };

/** What the SDK did not do as asked. Each is counted; none is thrown. */
export const PROBLEMS = [
  /** Ended without a value: a span, and no decision. */
  'without_value',
  /** Called after `end`. */
  'after_end',
  /** A value of a type that no feature, score or segment has, NaN and the infinities included. */
  'unusable_value',
  /** More features, texts, embeddings, segments or upstream decisions than Leeway takes, or a longer embedding. */
  'too_many',
  /** A text longer than Leeway takes: cut. */
  'text_cut',
  /** The redaction hook threw: the decision goes without features, texts, embeddings and segments. */
  'redaction_failed',
  /** The OpenTelemetry SDK dropped attributes: raise OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT (128 by default). */
  'attributes_dropped',
  /** The tracer or a sink threw. */
  'internal',
] as const;
export type Problem = (typeof PROBLEMS)[number];

export type Counters = Readonly<Record<Problem, number>> & {
  readonly decisions: number;
  /** Left out by sampling; their spans are sent as plain spans. */
  readonly sampledOut: number;
};
