import type { Actor, OutcomeKind, RouteMode } from '../../model/decision.ts';
import type { Severity, Verdict } from '../../model/finding.ts';
import type { ProjectId } from '../../model/ids.ts';

/** Half-open [fromMs, toMs), event time. */
export type TimeRange = { readonly fromMs: number; readonly toMs: number };

/** How decisions of a system are judged; from its System document. A system without one: right when value equals label. */
export type JudgingRule = {
  readonly system: string;
  readonly correct: Readonly<Record<string, readonly string[]>>;
  readonly deferred: readonly string[];
};

export const CORRECTNESS = ['true', 'false', 'unknown'] as const;
export type Correctness = (typeof CORRECTNESS)[number];

/** What to do with decisions that a contract keeps apart. */
export const QUARANTINE_CHOICES = ['exclude', 'only', 'include'] as const;
export type QuarantineChoice = (typeof QUARANTINE_CHOICES)[number];

/** Empty or absent lists do not filter. */
export type DecisionFilter = TimeRange & {
  readonly project: ProjectId;
  readonly systems?: readonly string[];
  readonly values?: readonly string[];
  readonly actors?: readonly Actor[];
  readonly versions?: readonly string[];
  readonly routes?: readonly RouteMode[];
  /** As shown: the label, or else the ruling; '' is "nothing known yet". */
  readonly outcomes?: readonly string[];
  readonly correct?: readonly Correctness[];
  /** Part of an id, a trace id, or the whole of a segment's or category's value. */
  readonly text?: string;
  /** Left out: `exclude`. */
  readonly quarantined?: QuarantineChoice;
  /** Broken promises, such as `range:distance`. */
  readonly violations?: readonly string[];
  readonly rules: readonly JudgingRule[];
};

export const FACETS = ['system', 'value', 'actor', 'version', 'route', 'outcome', 'correct'] as const;
export type FacetName = (typeof FACETS)[number];

/** Where a page ended: newest first, by (time, id). Nanoseconds as text, because they pass 2^53. */
export type DecisionCursor = { readonly timeNs: string; readonly id: string };

export type DecisionRecord = {
  readonly id: string;
  readonly system: string;
  readonly timeMs: number;
  readonly timeNs: string;
  readonly value: string;
  readonly actor: Actor;
  readonly modelVersion: string;
  readonly policyVersion: string;
  readonly score: number | null;
  readonly confidence: number | null;
  readonly route: RouteMode;
  readonly outcome: string;
  readonly correct: boolean | null;
  /** Lower-case hex; '' without a trace. */
  readonly traceId: string;
};

export type DecisionPage = { readonly rows: DecisionRecord[]; readonly next: DecisionCursor | null };

export type DecisionFull = DecisionRecord & {
  readonly model: string;
  readonly policy: string;
  readonly weight: number;
  readonly latencyMs: number | null;
  readonly receivedAtMs: number;
  readonly source: 'otlp' | 'json';
  readonly num: Readonly<Record<string, number>>;
  readonly cat: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
  readonly text: Readonly<Record<string, string>>;
  readonly embedding: Readonly<Record<string, readonly number[]>>;
  readonly segments: Readonly<Record<string, string>>;
  readonly upstream: readonly string[];
  readonly spanId: string;
  /** W3C tracestate; '' when none was sent. */
  readonly traceState: string;
  readonly copies: number;
  /** Name and version of what it was held against; '' where nobody promised anything. */
  readonly contract: string;
  readonly violations: readonly string[];
  readonly quarantined: boolean;
  /** null: it stands as it came in. */
  readonly replayedAtMs: number | null;
};

export type OutcomeRecord = {
  readonly kind: OutcomeKind;
  readonly value: string;
  readonly by: string;
  readonly timeMs: number;
  readonly note: string;
};

export type SpanRecord = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly service: string;
  readonly name: string;
  /** As OTLP numbers them. */
  readonly kind: number;
  readonly startNs: string;
  readonly durationNs: string;
  readonly status: number;
  readonly statusMessage: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** OTLP JSON array, or ''. */
  readonly events: string;
};

/** A promise that decisions broke: `range:distance`, in how many, between when. */
export type ViolationCount = {
  readonly violation: string;
  readonly n: number;
  readonly firstMs: number;
  readonly lastMs: number;
};
/** Decisions that were held against a contract. */
export type HeldCounts = {
  readonly held: number;
  readonly broken: number;
  readonly quarantined: number;
  /** Of the newest of them; '' when there are none. */
  readonly contract: string;
};

export type SystemSeen = { readonly system: string; readonly firstMs: number; readonly lastMs: number };
export type VersionCounts = {
  readonly version: string;
  readonly firstMs: number;
  readonly decisions: number;
  readonly judged: number;
  readonly right: number;
};
/** Decisions of one bucket that share the key. */
export type VolumePoint = {
  readonly system: string;
  readonly tMs: number;
  readonly key: string;
  readonly n: number;
};
export type SloBucket = { readonly tMs: number; readonly good: number; readonly total: number };
export type DriftCell = {
  readonly monitor: string;
  readonly subject: string;
  readonly statistic: string;
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  readonly value: number | null;
  readonly limit: number | null;
  readonly verdict: Verdict;
  readonly severity: Severity;
  readonly n: number;
};
/** What screens ask of the telemetry store. Every count folds repeats by decision id: the newest copy stands for all. */
export interface TelemetryReads {
  /** Systems that ever sent a decision. */
  systems(project: ProjectId): Promise<SystemSeen[]>;
  volume(
    of: TimeRange & { readonly project: ProjectId; readonly system?: string },
    bucketMs: number,
    by: 'value' | 'version' | 'route',
  ): Promise<VolumePoint[]>;
  versions(
    of: TimeRange & { readonly project: ProjectId; readonly system: string },
    rules: readonly JudgingRule[],
  ): Promise<VersionCounts[]>;

  /** A page may be shorter than `limit` and still have a next one. */
  page(filter: DecisionFilter, limit: number, after?: DecisionCursor): Promise<DecisionPage>;
  /** Per bucket and value; their sum is the number of decisions that match. */
  histogram(filter: DecisionFilter, bucketMs: number): Promise<VolumePoint[]>;
  /** The most frequent values of each facet. */
  facets(
    filter: DecisionFilter,
    names: readonly FacetName[],
    valuesPerFacet: number,
  ): Promise<{ readonly name: FacetName; readonly value: string; readonly n: number }[]>;
  /** Decisions as they stand, those that are kept apart among them; the most frequent violations first. */
  violations(
    of: TimeRange & { readonly project: ProjectId; readonly system: string },
  ): Promise<HeldCounts & { readonly violations: ViolationCount[] }>;
  decision(project: ProjectId, id: string, rules: readonly JudgingRule[]): Promise<DecisionFull | undefined>;
  /** Oldest first. */
  outcomes(project: ProjectId, id: string): Promise<OutcomeRecord[]>;
  /** By start; at most `limit`. */
  trace(project: ProjectId, traceId: string, limit: number): Promise<SpanRecord[]>;

  /** Good and all events of an SLO, over all model versions. */
  sloBuckets(
    of: TimeRange & { readonly project: ProjectId; readonly slo: string },
    bucketMs: number,
  ): Promise<SloBucket[]>;
  /** Findings of drift monitors on whole systems (no segment), by window end; the last evaluation of each. */
  driftCells(
    of: TimeRange & { readonly project: ProjectId; readonly system: string; readonly monitor?: string },
  ): Promise<DriftCell[]>;
}
