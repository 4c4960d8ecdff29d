import type { DecisionInput, FeatureValue, OutcomeInput } from '../../model/decision.ts';
import type { MaskRules } from './rules.ts';

/** The decision as it may be kept. Throws MaskRefused when a value cannot be masked as the contract asks. */
export function maskDecision(decision: DecisionInput, rules: MaskRules): DecisionInput {
  rules.id('id', decision.id);
  for (const id of decision.upstream) rules.id('upstream', id);
  const { model, policy } = decision;
  return {
    ...decision,
    value: rules.text(decision.value),
    model: model && { name: rules.text(model.name), version: rules.text(model.version) },
    policy: policy && { name: rules.text(policy.name), version: rules.text(policy.version) },
    features: entries(decision.features, rules, (name, value: FeatureValue) =>
      value === null ? null : rules.scalar(name, value),
    ),
    segments: entries(decision.segments, rules, (name, value: string) => rules.scalar(name, value)),
    texts: entries(decision.texts, rules, (name, value: string) => rules.scalar(name, value)),
    embeddings: entries(decision.embeddings, rules, (name, value: number[]) => rules.embedding(name, value)),
  };
}

/** A name is text too: what is found in it is hidden. */
function entries<T>(
  record: Readonly<Record<string, T>>,
  rules: MaskRules,
  masked: (name: string, value: T) => T | undefined,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([name, value]): [string, T][] => {
      const kept = masked(name, value);
      return kept === undefined ? [] : [[rules.text(name), kept]];
    }),
  );
}

export function maskOutcome(outcome: OutcomeInput, rules: MaskRules): OutcomeInput {
  rules.id('decisionId', outcome.decisionId);
  return {
    ...outcome,
    value: rules.text(outcome.value),
    by: rules.text(outcome.by),
    note: rules.text(outcome.note),
  };
}
