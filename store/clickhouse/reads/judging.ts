import type { JudgingRule } from '../../ports/reads.ts';

/** Parts a system, a value and a label in one key: a control character that neither of them holds. */
const SEP = '\u001f';

/** Rules as bound values, so that one constant SQL text judges decisions of every system. */
export function judgingParams(rules: readonly JudgingRule[]): Record<string, readonly string[]> {
  return {
    deferred: rules.flatMap((rule) => rule.deferred.map((value) => rule.system + SEP + value)),
    mapped: rules.flatMap((rule) => Object.keys(rule.correct).map((value) => rule.system + SEP + value)),
    right: rules.flatMap((rule) =>
      Object.entries(rule.correct).flatMap(([value, labels]) =>
        labels.map((label) => rule.system + SEP + value + SEP + label),
      ),
    ),
  };
}

const KEY = 'concat(system, char(31), value)';
/**
 * 1 right, 0 wrong, NULL not judged; over the columns `system, value, label, labels, ruling, rulings`.
 * A ruling says what the value should have been and beats every label; a deferred value is never judged.
 */
export const CORRECT = `multiIf(
  has({deferred:Array(String)}, ${KEY}), NULL,
  rulings > 0, toNullable(ruling = value),
  labels = 0, NULL,
  has({mapped:Array(String)}, ${KEY}), has({right:Array(String)}, concat(${KEY}, char(31), label)),
  label = value)`;

/** What is shown as the outcome: the label, or else the ruling. */
export const OUTCOME = "multiIf(labels > 0, label, rulings > 0, ruling, '')";

/** The last label and the last ruling of each decision; `where` is over the outcomes table. */
export const lastOutcomes = (where: string): string => `
  SELECT decision_id,
    argMaxIf(value, time, kind = 'label') AS label,
    countIf(kind = 'label') AS labels,
    argMaxIf(value, time, kind = 'ruling') AS ruling,
    countIf(kind = 'ruling') AS rulings
  FROM outcomes WHERE ${where} GROUP BY decision_id`;
