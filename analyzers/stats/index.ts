// The statistics library: pure numerics, no knowledge of Leeway. One file per statistic, each with its definition.
export {
  type ContingencyOptions,
  type ContingencyResult,
  chiSquareContingency,
  chiSquareTable,
} from './chi-square.ts';
export { hellinger } from './hellinger.ts';
export { DEFAULT_JS_BASE, jensenShannonDistance, jensenShannonDivergence } from './jensen-shannon.ts';
export { type KsFromCounts, ksFromCounts } from './ks-counts.ts';
export { kl } from './kullback-leibler.ts';
export { lInfinity } from './l-infinity.ts';
export {
  type Distance,
  type Measured,
  type TestResult,
  UNDEFINED_REASONS,
  type Undefined,
  type UndefinedReason,
} from './measured.ts';
export { DEFAULT_PSI_FLOOR, psi } from './psi.ts';
export { psiCritical } from './psi-critical.ts';
export type { Counts } from './shares.ts';
export { chiSquareCdf, chiSquareSf, chiSquareUpperQuantile } from './special/chi-square.ts';
export { gammaLower, gammaUpper, logChoose, logFactorial, logGamma } from './special/gamma.ts';
export { kolmogorovSf } from './special/kolmogorov.ts';
export { totalVariation } from './total-variation.ts';
export { wassersteinFromCounts } from './wasserstein-counts.ts';
