import { quantileGroups } from '../../model/distribution.ts';
import { type NumericBins, quantileOf, scaleBins, totalOf } from '../../model/numeric-bins.ts';
import { jensenShannonDistance } from '../stats/index.ts';

export type UnitChange = { readonly factor: number; readonly ratio: number; readonly guess: string };

/** Factors that a change of unit leaves behind. Both directions are tried. */
const FACTORS: readonly (readonly [factor: number, larger: string, smaller: string])[] = [
  [1.609344, 'kilometres where miles were', 'miles where kilometres were'],
  [3.28084, 'feet where metres were', 'metres where feet were'],
  [2.54, 'centimetres where inches were', 'inches where centimetres were'],
  [2.204623, 'pounds where kilograms were', 'kilograms where pounds were'],
  [60, 'seconds where minutes were', 'minutes where seconds were'],
  [24, 'hours where days were', 'days where hours were'],
  [3_600, 'seconds where hours were', 'hours where seconds were'],
  [
    100,
    'percent or cents where shares or whole units were',
    'shares or whole units where percent or cents were',
  ],
  [1_000, 'thousandths where units were', 'units where thousandths were'],
];
/** The medians know their place to about 1 % each, from the bins; and to three standard errors, from sampling. */
const RATIO_TOLERANCE = 0.03;
const WIDEST_TOLERANCE = 0.15;
/** After scaling the reference by the factor the two shapes must be this near (JS distance, base 2). */
const SHAPE_LIMIT = 0.15;
const GROUPS = 10;

/**
 * Whether the values look like the reference in another unit: the ratio of medians is a known factor, and the reference
 * scaled by it has the shape of what came. Scaling is a shift of logarithmic bins, so no raw value is needed.
 * undefined when it does not look so, or when the typical value is zero.
 */
export function unitChange(reference: NumericBins, current: NumericBins): UnitChange | undefined {
  const before = quantileOf(reference, 0.5);
  const now = quantileOf(current, 0.5);
  if (before === null || now === null || before * now <= 0) return undefined;
  const ratio = now / before;
  const tolerance = ratioTolerance(reference, current);
  const unscaled = shapeDistance(reference, current);
  let best: (UnitChange & { readonly distance: number }) | undefined;
  for (const [factor, larger, smaller] of FACTORS) {
    for (const [candidate, guess] of [[factor, larger] as const, [1 / factor, smaller] as const]) {
      if (Math.abs(ratio / candidate - 1) > tolerance) continue;
      const distance = shapeDistance(scaleBins(reference, candidate), current);
      if (distance > SHAPE_LIMIT || distance >= unscaled / 2) continue;
      if (!best || distance < best.distance) best = { factor: candidate, ratio, guess, distance };
    }
  }
  return best && { factor: best.factor, ratio: best.ratio, guess: best.guess };
}

/** Three standard errors of a ratio of medians: 1.2533 · sd(ln x) · √(1/n + 1/m), the sd from the quartiles (IQR / 1.349). */
function ratioTolerance(reference: NumericBins, current: NumericBins): number {
  const [low, high] = [quantileOf(reference, 0.25), quantileOf(reference, 0.75)];
  if (low === null || high === null || low * high <= 0) return RATIO_TOLERANCE;
  const sd = Math.abs(Math.log(high / low)) / 1.349;
  const error = 1.2533 * sd * Math.sqrt(1 / totalOf(reference) + 1 / totalOf(current));
  return Math.min(WIDEST_TOLERANCE, Math.max(RATIO_TOLERANCE, 3 * error));
}

function shapeDistance(reference: NumericBins, current: NumericBins): number {
  const bins = quantileGroups(reference, current, GROUPS);
  const result = jensenShannonDistance(
    bins.map((bin) => bin.reference),
    bins.map((bin) => bin.current),
  );
  return result.kind === 'value' ? result.value : 1;
}
