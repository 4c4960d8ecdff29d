import { type ComparedBin, categoryGroups, drawingBins } from '../../model/distribution.ts';
import { type FeatureSummary, kindOf, valuesOf } from '../../model/feature-summary.ts';
import type { Finding } from '../../model/finding.ts';
import type { TimeRange } from '../../store/ports/reads.ts';
import type { Distribution } from '../contract/systems.ts';
import { iso } from '../query/series.ts';

const BINS = 30;
const CATEGORIES = 20;

/** Both sides over the same bins, as shares of the values that were there. */
export function distributionOf(
  feature: string,
  unit: string,
  reference: { readonly range: TimeRange; readonly summary: FeatureSummary; readonly source: string },
  current: { readonly range: TimeRange; readonly summary: FeatureSummary },
  findings: readonly Finding[],
): Distribution {
  // What the feature has always been decides; without a reference, what it is now.
  const known = reference.summary.bins.size + reference.summary.categories.size > 0;
  const kind = kindOf(known ? reference.summary : current.summary);
  const bins =
    kind === 'numeric'
      ? drawingBins(reference.summary.bins, current.summary.bins, BINS)
      : categoryGroups(reference.summary.categories, current.summary.categories, CATEGORIES);
  const nReference = valuesOf(reference.summary, kind);
  const nCurrent = valuesOf(current.summary, kind);
  const side = (of: { readonly range: TimeRange; readonly summary: FeatureSummary }, n: number) => ({
    from: iso(of.range.fromMs),
    to: iso(of.range.toMs),
    n,
    missing: of.summary.missing,
  });
  return {
    feature,
    kind,
    unit,
    reference: { ...side(reference, nReference), source: reference.source },
    current: side(current, nCurrent),
    bins: bins.map((bin) => sharesOf(bin, nReference, nCurrent)),
    statistics: findings.map(({ statistic, value, limit }) => ({ name: statistic, value, limit })),
    moments: {
      reference: momentsOf(reference.summary, kind === 'numeric' ? nReference : 0),
      current: momentsOf(current.summary, kind === 'numeric' ? nCurrent : 0),
    },
    sentence: findings[0]?.sentence ?? '',
  };
}

const sharesOf = (bin: ComparedBin, nReference: number, nCurrent: number) => ({
  label: bin.label,
  from: bin.from,
  to: bin.to,
  reference: nReference > 0 ? bin.reference / nReference : 0,
  current: nCurrent > 0 ? bin.current / nCurrent : 0,
  isNew: bin.isNew,
});

/** Sample standard deviation; null below two values. Rounding may leave a negative hair, which is none. */
function momentsOf({ sum, sumSq, min, max }: FeatureSummary, n: number) {
  const variance = n > 1 ? Math.max(0, (sumSq - (sum * sum) / n) / (n - 1)) : null;
  return {
    mean: n > 0 ? sum / n : null,
    sd: variance === null ? null : Math.sqrt(variance),
    min: n > 0 ? min : null,
    max: n > 0 ? max : null,
  };
}
