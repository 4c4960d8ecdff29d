import type { BinaryMetric } from '../../model/documents/monitor/performance.ts';
import { isProbabilityBin, NO_SCORE, tenthOf } from '../../model/score-bins.ts';

/**
 * Decisions that share a score bin and what they foretold. `positive` and `negative` are what is known of them, or what is
 * expected, and then may be fractions. `p`, `pSq`, `logP`, `logQ`: means over the row of the probability and its functions.
 */
export type BinaryRow = {
  readonly bin: number;
  readonly predicted: boolean;
  readonly n: number;
  readonly positive: number;
  readonly negative: number;
  readonly p: number;
  readonly pSq: number;
  readonly logP: number;
  readonly logQ: number;
};

/** One row per score bin and prediction, ascending: what is known of its decisions taken together. */
export function mergedRows(rows: readonly BinaryRow[]): readonly BinaryRow[] {
  const groups = Map.groupBy(rows, (row) => (row.predicted ? row.bin + 0.5 : row.bin));
  const ascending = [...groups].sort(([a], [b]) => a - b);
  return ascending.flatMap(([, own]): BinaryRow[] => {
    const [first] = own;
    const n = own.reduce((sum, row) => sum + row.n, 0);
    if (first === undefined || n === 0) return [];
    const mean = (part: (row: BinaryRow) => number): number =>
      own.reduce((sum, row) => sum + row.n * part(row), 0) / n;
    return [
      {
        bin: first.bin,
        predicted: first.predicted,
        n,
        positive: own.reduce((sum, row) => sum + row.positive, 0),
        negative: own.reduce((sum, row) => sum + row.negative, 0),
        p: mean((row) => row.p),
        pSq: mean((row) => row.pSq),
        logP: mean((row) => row.logP),
        logQ: mean((row) => row.logQ),
      },
    ];
  });
}

export type Confusion = {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly tn: number;
};

export function confusionOf(rows: readonly BinaryRow[]): Confusion {
  let [tp, fp, fn, tn] = [0, 0, 0, 0];
  for (const { predicted, positive, negative } of rows) {
    if (predicted) {
      tp += positive;
      fp += negative;
    } else {
      fn += positive;
      tn += negative;
    }
  }
  return { tp, fp, fn, tn };
}

const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

/** Of the rows' known or expected truths; null where the metric has no meaning (nothing predicted, one class only, no probabilities). */
export const BINARY: { readonly [M in BinaryMetric]: (rows: readonly BinaryRow[]) => number | null } = {
  accuracy: (rows) => {
    const { tp, fp, fn, tn } = confusionOf(rows);
    return ratio(tp + tn, tp + fp + fn + tn);
  },
  precision: (rows) => {
    const { tp, fp } = confusionOf(rows);
    return ratio(tp, tp + fp);
  },
  recall: (rows) => {
    const { tp, fn } = confusionOf(rows);
    return ratio(tp, tp + fn);
  },
  f1: (rows) => {
    const { tp, fp, fn } = confusionOf(rows);
    return ratio(2 * tp, 2 * tp + fp + fn);
  },
  roc_auc: rocAuc,
  pr_auc: averagePrecision,
  log_loss: (rows) => meanOver(rows, (row) => -(row.positive * row.logP + row.negative * row.logQ)),
  brier: (rows) => meanOver(rows, (row) => row.positive * (1 - 2 * row.p + row.pSq) + row.negative * row.pSq),
  calibration_error: expectedCalibrationError,
};

/** Positives and negatives by bin, ascending; rows without a score are left out. */
function byBin(rows: readonly BinaryRow[]) {
  const scored = rows.filter((row) => row.bin !== NO_SCORE);
  const isSorted = scored.every((row, i) => i === 0 || row.bin >= (scored[i - 1]?.bin ?? 0));
  const bins: { bin: number; positive: number; negative: number }[] = [];
  for (const { bin, positive, negative } of isSorted ? scored : scored.sort((a, b) => a.bin - b.bin)) {
    const last = bins.at(-1);
    if (last?.bin === bin) {
      last.positive += positive;
      last.negative += negative;
    } else bins.push({ bin, positive, negative });
  }
  return bins;
}

/**
 * Chance that a positive scores above a negative, a tie counting half (Mann-Whitney). Scores of one bin are ties, so the
 * value is within ½ Σ (share of positives in the bin)(share of negatives in it) of that of the raw scores. O(bins log bins).
 */
function rocAuc(rows: readonly BinaryRow[]): number | null {
  let below = 0;
  let pairs = 0;
  let positives = 0;
  for (const { positive, negative } of byBin(rows)) {
    pairs += positive * (below + negative / 2);
    below += negative;
    positives += positive;
  }
  return positives > 0 && below > 0 ? pairs / (positives * below) : null;
}

/** Σ (Rₖ − Rₖ₋₁) Pₖ over thresholds from the top; a bin is one threshold. As scikit-learn's average_precision_score on binned scores. */
function averagePrecision(rows: readonly BinaryRow[]): number | null {
  const bins = byBin(rows).toReversed();
  const positives = bins.reduce((sum, bin) => sum + bin.positive, 0);
  if (!(positives > 0)) return null;
  let [tp, seen, area] = [0, 0, 0];
  for (const { positive, negative } of bins) {
    tp += positive;
    seen += positive + negative;
    if (seen > 0) area += (positive / positives) * (tp / seen);
  }
  return area;
}

/** Exact, from sums: binning loses nothing. null when a score is no probability. */
function meanOver(rows: readonly BinaryRow[], loss: (row: BinaryRow) => number): number | null {
  let [total, n] = [0, 0];
  for (const row of rows) {
    const known = row.positive + row.negative;
    if (known === 0 || row.bin === NO_SCORE) continue;
    if (!isProbabilityBin(row.bin)) return null;
    total += loss(row);
    n += known;
  }
  return n > 0 ? total / n : null;
}

export type Reliability = {
  /** Lower edge of the tenth. */
  readonly from: number;
  readonly n: number;
  readonly stated: number;
  readonly happened: number;
};

/** Stated probability against what happened, by tenths of [0, 1]; empty tenths are left out. */
export function reliabilityOf(rows: readonly BinaryRow[]): readonly Reliability[] {
  const tenths = new Map<number, { n: number; stated: number; events: number }>();
  for (const row of rows) {
    const n = row.positive + row.negative;
    if (n === 0 || !isProbabilityBin(row.bin)) continue;
    const tenth = tenths.get(tenthOf(row.bin)) ?? { n: 0, stated: 0, events: 0 };
    tenth.n += n;
    tenth.stated += row.p * n;
    tenth.events += row.positive;
    tenths.set(tenthOf(row.bin), tenth);
  }
  return [...tenths]
    .sort(([a], [b]) => a - b)
    .map(([tenth, { n, stated, events }]) => ({
      from: tenth / 10,
      n,
      stated: stated / n,
      happened: events / n,
    }));
}

/** Σ nₖ/N |p̄ₖ − ōₖ| over tenths, as `calibrationError` of analyzers/stats. It is biased upwards by about √(bins/N). */
function expectedCalibrationError(rows: readonly BinaryRow[]): number | null {
  if (meanOver(rows, () => 0) === null) return null;
  const tenths = reliabilityOf(rows);
  const n = tenths.reduce((sum, tenth) => sum + tenth.n, 0);
  return tenths.reduce(
    (sum, { n: own, stated, happened }) => sum + (own / n) * Math.abs(stated - happened),
    0,
  );
}

/** Murphy's parts over tenths: brier = reliability − resolution + uncertainty + what is lost inside the tenths. */
export function brierParts(rows: readonly BinaryRow[]) {
  const score = BINARY.brier(rows);
  if (score === null) return null;
  const tenths = reliabilityOf(rows);
  const n = tenths.reduce((sum, tenth) => sum + tenth.n, 0);
  const base = tenths.reduce((sum, tenth) => sum + tenth.happened * tenth.n, 0) / n;
  const over = (part: (tenth: Reliability) => number): number =>
    tenths.reduce((sum, tenth) => sum + (tenth.n / n) * part(tenth), 0);
  return {
    score,
    reliability: over(({ stated, happened }) => (stated - happened) ** 2),
    resolution: over(({ happened }) => (happened - base) ** 2),
    uncertainty: base * (1 - base),
  };
}

/** Standard errors that have a closed form; the metrics that are not here are resampled. */
export const BINARY_ERRORS: { readonly [M in BinaryMetric]?: (rows: readonly BinaryRow[]) => number | null } =
  {
    /** Delta method on TP and FP + FN, each Poisson. */
    f1: (rows) => {
      const { tp, fp, fn } = confusionOf(rows);
      const [wrong, all] = [fp + fn, 2 * tp + fp + fn];
      return all > 0 ? Math.sqrt(4 * wrong ** 2 * tp + 4 * tp ** 2 * wrong) / all ** 2 : null;
    },
    roc_auc: rocAucError,
    log_loss: (rows) =>
      errorOfMean(
        rows,
        (row) => -row.logP,
        (row) => -row.logQ,
      ),
    brier: (rows) =>
      errorOfMean(
        rows,
        (row) => 1 - 2 * row.p + row.pSq,
        (row) => row.pSq,
      ),
  };

/**
 * DeLong's: each positive's share of negatives below it, each negative's share of positives above it; ties count half.
 * Source: DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988), eq. 2. O(bins log bins).
 */
function rocAucError(rows: readonly BinaryRow[]): number | null {
  const bins = byBin(rows);
  const positives = bins.reduce((sum, bin) => sum + bin.positive, 0);
  const negatives = bins.reduce((sum, bin) => sum + bin.negative, 0);
  if (positives < 2 || negatives < 2) return null;
  let [below, seen] = [0, 0];
  const [ofPositives, ofNegatives] = [spread(), spread()];
  for (const { positive, negative } of bins) {
    ofPositives.add((below + negative / 2) / negatives, positive);
    ofNegatives.add((positives - seen - positive / 2) / positives, negative);
    below += negative;
    seen += positive;
  }
  return Math.sqrt(ofPositives.variance() / positives + ofNegatives.variance() / negatives);
}

function errorOfMean(
  rows: readonly BinaryRow[],
  ofPositive: (row: BinaryRow) => number,
  ofNegative: (row: BinaryRow) => number,
): number | null {
  const losses = spread();
  for (const row of rows) {
    if (!isProbabilityBin(row.bin)) continue;
    losses.add(ofPositive(row), row.positive);
    losses.add(ofNegative(row), row.negative);
  }
  return losses.n() > 1 ? Math.sqrt(losses.variance() / losses.n()) : null;
}

/** Variance of weighted values. */
function spread() {
  let [n, sum, sumSq] = [0, 0, 0];
  return {
    add: (value: number, weight: number): void => {
      n += weight;
      sum += weight * value;
      sumSq += weight * value * value;
    },
    n: (): number => n,
    variance: (): number => (n > 1 ? Math.max(0, (sumSq - (sum * sum) / n) / (n - 1)) : 0),
  };
}
