import type { KnownChange } from '../../model/explanation.ts';
import type { FeatureSeen } from '../../store/ports/explain.ts';

/** A feature that is in a share p of decisions is absent from k of them by chance with (1 − p)^k: rarer than this is a change. */
const CHANCE = 1e-4;

/**
 * Features that a system was not sent before, is no longer sent, or is sent in another form, each at the last decision
 * before the change. Pure, O(features).
 */
export function schemaChanges(decisions: number, seen: readonly FeatureSeen[]): KnownChange[] {
  const came = new Map<string, FeatureSeen>();
  const went = new Map<string, FeatureSeen>();
  for (const one of seen) {
    const share = one.decisions / (one.last - one.first + 1);
    const isChange = (without: number): boolean =>
      without * Math.log1p(-Math.min(share, 1 - 1e-9)) < Math.log(CHANCE);
    if (one.first > 0 && isChange(one.first)) came.set(one.feature, one);
    if (one.last < decisions - 1 && isChange(decisions - 1 - one.last)) went.set(one.feature, one);
  }
  const changed = [...came].flatMap(([feature, now]) => {
    const before = went.get(feature);
    return before && before.form !== now.form ? [{ feature, before, now }] : [];
  });
  const twice = new Set(changed.map(({ feature }) => feature));
  const rest = (all: ReadonlyMap<string, FeatureSeen>) =>
    [...all.values()].filter((one) => !twice.has(one.feature));
  const change = (atMs: number, label: string): KnownChange => ({ atMs, kind: 'schema', label });
  return [
    ...changed.map(({ feature, before, now }) =>
      change(before.lastMs, `feature ${feature} is a ${now.form} where it was a ${before.form}`),
    ),
    ...rest(went).map((one) => change(one.lastMs, `feature ${one.feature} is no longer sent`)),
    ...rest(came).map((one) => change(one.beforeFirstMs, `feature ${one.feature} is new`)),
  ];
}
