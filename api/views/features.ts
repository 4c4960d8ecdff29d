import { type Finding, isFiring, type Verdict } from '../../model/finding.ts';
import type { FeatureRow } from '../contract/systems.ts';
import { isoOrNull } from '../query/series.ts';
import type { KnownSystem } from './picture.ts';
import { isTogether } from './together.ts';

/** Which of a feature's findings its row tells: what fires, then what could not be looked at, then what is well. */
const WEIGHT: Record<Verdict, number> = {
  breach: 0,
  drift: 0,
  burning: 0,
  blind: 1,
  not_enough_data: 2,
  ok: 3,
};

/** The last findings about features, one per feature; the costliest drift first. */
export function featureRows(latest: readonly Finding[], known: KnownSystem | undefined): FeatureRow[] {
  const newest = new Map<string, number>();
  for (const { monitor, windowEndMs } of latest)
    newest.set(monitor, Math.max(windowEndMs, newest.get(monitor) ?? 0));
  // A segment or a version that drifts now is told in its feature's row; what it said before it was gone is history.
  const isTold = (finding: Finding): boolean =>
    (finding.segment === '' && finding.modelVersion === '') ||
    (isFiring(finding.verdict) && finding.windowEndMs === newest.get(finding.monitor));
  const whole = latest.filter(
    (finding) =>
      finding.kind !== 'slo' && finding.kind !== 'performance' && !isTogether(finding) && isTold(finding),
  );
  const rows = [...Map.groupBy(whole, (finding) => finding.subject)].map(([feature, findings]) => {
    // A drift that grew by ten limits is told before a quality breach of two.
    const excess = (finding: Finding) => (finding.value ?? 0) / (finding.limit || 1);
    const [first] = [...findings].sort(
      (a, b) =>
        WEIGHT[a.verdict] - WEIGHT[b.verdict] ||
        Number(b.kind === 'drift') - Number(a.kind === 'drift') ||
        excess(b) - excess(a),
    );
    return first === undefined ? [] : [rowOf(feature, first, known)];
  });
  return rows.flat().sort((a, b) => impact(b) - impact(a) || (a.feature < b.feature ? -1 : 1));
}

const firing = (row: FeatureRow): boolean => isFiring(row.verdict);
const impact = (row: FeatureRow): number =>
  (firing(row) ? 1_000 : 0) + row.importance * Math.min(100, (row.value ?? 0) / (row.limit || 1));

function rowOf(feature: string, finding: Finding, known: KnownSystem | undefined): FeatureRow {
  const spec = known?.spec?.features[feature];
  const categorical =
    spec?.type !== undefined ? spec.type !== 'numeric' : finding.evidence.kind === 'categorical';
  return {
    feature,
    kind: feature === '@score' ? 'score' : categorical ? 'categorical' : 'numeric',
    unit: spec?.unit ?? '',
    importance: spec?.importance ?? 1,
    verdict: finding.verdict,
    statistic: finding.statistic,
    value: finding.value,
    limit: finding.limit,
    n: finding.n,
    since: isFiring(finding.verdict) ? isoOrNull(finding.onsetMs) : null,
    sentence: finding.sentence,
  };
}

export const countDrifted = (rows: readonly FeatureRow[]): { drifted: number; watched: number } => ({
  drifted: rows.filter(firing).length,
  watched: rows.length,
});
