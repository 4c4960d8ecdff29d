import { createHash } from 'node:crypto';

/** Where a record is to be found again: telemetry in ClickHouse, control state in Postgres. */
export const TELEMETRY = ['decisions', 'outcomes', 'spans'] as const;
export type Telemetry = (typeof TELEMETRY)[number];
export type Place = Telemetry | 'documents' | 'audit' | 'rulings';

/** One record by its identity, with a hash of all that was said about it: what the store must show, once and unchanged. */
export type ChaosRecord = {
  readonly place: Place;
  readonly key: string;
  readonly hash: string;
};

const HASH_CHARS = 24;
const hashOf = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, HASH_CHARS);

type Values<T> = Readonly<Record<string, T>>;
const sorted = (values: Values<unknown>): unknown[] =>
  Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));

export type DecisionFacts = {
  readonly project: string;
  readonly system: string;
  readonly id: string;
  readonly timeMs: number;
  readonly value: string;
  readonly version: string;
  readonly score: number | null;
  readonly num: Values<number>;
  readonly cat: Values<string>;
};

export const decisionRecord = (facts: DecisionFacts): ChaosRecord => ({
  place: 'decisions',
  key: `${facts.project} ${facts.id}`,
  hash: hashOf([
    ...[facts.system, facts.timeMs, facts.value, facts.version, facts.score],
    ...[sorted(facts.num), sorted(facts.cat)],
  ]),
});

export type OutcomeFacts = {
  readonly project: string;
  readonly system: string;
  readonly decisionId: string;
  readonly timeMs: number;
  readonly kind: 'label' | 'ruling';
  readonly value: string;
  readonly by: string;
  readonly note: string;
};

/** An outcome is told from others by all that it says but its note. */
export const outcomeRecord = (facts: OutcomeFacts): ChaosRecord => ({
  place: 'outcomes',
  key: [facts.project, facts.system, facts.decisionId, facts.timeMs, facts.kind, facts.value, facts.by].join(
    ' ',
  ),
  hash: hashOf([facts.note]),
});

export type SpanFacts = {
  readonly project: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
  readonly startNs: string;
  readonly durationNs: string;
  readonly text: Values<string>;
  readonly num: Values<number>;
  /** As decimal digits: 64 bits do not fit a number. */
  readonly int: Values<string>;
};

export const spanRecord = (facts: SpanFacts): ChaosRecord => ({
  place: 'spans',
  key: `${facts.project} ${facts.traceId} ${facts.spanId}`,
  hash: hashOf([
    ...[facts.service, facts.name, facts.startNs, facts.durationNs],
    ...[sorted(facts.text), sorted(facts.num), sorted(facts.int)],
  ]),
});

/** What was acknowledged over the API: found again by its name, with what it said. */
export const controlRecord = (
  place: 'documents' | 'audit',
  key: string,
  said: readonly unknown[],
): ChaosRecord => ({ place, key, hash: hashOf(said) });
