import type { OutcomeKind } from './decision.ts';
import type { SystemSpec } from './documents/system.ts';

export type KnownOutcome = { readonly kind: OutcomeKind; readonly value: string; readonly atMs: number };

export type Judgement =
  | { readonly kind: 'judged'; readonly correct: boolean; readonly by: OutcomeKind; readonly atMs: number }
  | { readonly kind: 'not_judged'; readonly reason: 'no_outcome' | 'deferred' };

/**
 * Whether a decision was right, from what became known about it.
 * A ruling says what the decision should have been and beats any label; the latest of a kind wins. A value that hands
 * the case to a person (`deferred`) is never judged: asking was right, and what the person says is a decision of theirs. The engine's twin is `judgedSql` in
 * store/clickhouse/slo-minutes-sql.ts; a test holds the two together.
 */
export function judge(
  value: string,
  outcomes: readonly KnownOutcome[],
  spec: Pick<SystemSpec, 'correct' | 'deferred'>,
): Judgement {
  if (spec.deferred.includes(value)) return { kind: 'not_judged', reason: 'deferred' };
  const ruling = latest(outcomes, 'ruling');
  if (ruling) return { kind: 'judged', correct: ruling.value === value, by: 'ruling', atMs: ruling.atMs };
  const label = latest(outcomes, 'label');
  if (!label) return { kind: 'not_judged', reason: 'no_outcome' };
  const right = spec.correct[value];
  const correct = right ? right.includes(label.value) : label.value === value;
  return { kind: 'judged', correct, by: 'label', atMs: label.atMs };
}

const latest = (outcomes: readonly KnownOutcome[], kind: OutcomeKind): KnownOutcome | undefined =>
  outcomes
    .filter((outcome) => outcome.kind === kind)
    .reduce<KnownOutcome | undefined>(
      (best, next) => (best && best.atMs > next.atMs ? best : next),
      undefined,
    );
