// The statistics library: pure numerics, no knowledge of Leeway. One file per statistic, each with its definition.

// Raw samples.
export { type AndersonDarlingResult, andersonDarling } from './anderson-darling.ts';
export { auc } from './auc.ts';
// Probabilities and people.
export { type Brier, brier } from './brier.ts';
export { calibrationError, DEFAULT_CALIBRATION_BINS } from './calibration-error.ts';
// Binned counts: what stored profiles can be asked.
export {
  type ContingencyOptions,
  type ContingencyResult,
  chiSquareContingency,
  chiSquareTable,
} from './chi-square.ts';
export { cohenKappa, type Weights } from './cohen-kappa.ts';
// The number another tool would show.
export { JS_TOOLS, type JsTool, jsAs, PSI_TOOLS, type PsiTool, psiAs } from './compat.ts';
// Many checks at once, and looking again and again.
export {
  emptyMeanSequence,
  type MeanSequence,
  meanConfidenceSequence,
  proportionConfidenceSequence,
  updateMeanSequence,
} from './confidence-sequence.ts';
export { adjustPValues, CORRECTIONS, type Correction } from './corrections.ts';
export { cramerVonMises, cvmLimitSf } from './cramer-von-mises.ts';
export { cramersV, cramersVTable } from './cramers-v.ts';
// Sample-size-aware verdicts.
export { detectableKs, detectablePsi, psiAsJsDistance, type Sensitivity } from './detectable.ts';
export {
  type Divergence,
  divergenceInterval,
  type Interval,
  ksInterval,
} from './divergence-interval.ts';
export { type DomainClassifier, domainClassifier, type Train } from './domain-classifier.ts';
// Streams.
export {
  createEDetector,
  DEFAULT_REFERENCE_CONFIDENCE,
  type EDetector,
  type EDetectorOptions,
  type EDetectorState,
  type EDetectorStep,
  startOf,
  stepEDetector,
} from './e-detector.ts';
export { averageE, eBenjaminiHochberg, eToP, harmonic, pToE, pToStepE } from './e-values.ts';
export { energyDistance } from './energy-distance.ts';
export { eppsSingleton } from './epps-singleton.ts';
export {
  countsEvidence,
  DEFAULT_SENSITIVITY,
  EFFECTS,
  type Effect,
  type Evidence,
  ksOnBins,
  sampleEvidence,
  weightedBonferroni,
} from './evidence.ts';
// Proportions.
export { fisherExact, type Tally } from './fisher-exact.ts';
export { gTest } from './g-test.ts';
export { hellinger } from './hellinger.ts';
export { DEFAULT_JS_BASE, jensenShannonDistance, jensenShannonDivergence } from './jensen-shannon.ts';
export { KS_EXACT_CELLS, type KsResult, ks } from './ks.ts';
export { type KsFromCounts, ksFromCounts } from './ks-counts.ts';
export { kuiper, kuiperSf } from './kuiper.ts';
export { kl } from './kullback-leibler.ts';
export { lInfinity } from './l-infinity.ts';
export { fitLogistic, type Logistic, logOdds, type SparseRow } from './logistic.ts';
export { MANN_WHITNEY_EXACT_SIDE, type MannWhitneyResult, mannWhitney } from './mann-whitney.ts';
export { meanDistance } from './mean-distance.ts';
// Results: a value, or the reason there is none.
export {
  type Distance,
  type Measured,
  type TestResult,
  UNDEFINED_REASONS,
  type Undefined,
  type UndefinedReason,
} from './measured.ts';
export { MMD_MAX_ROWS, type MmdOptions, mmd, type Rows } from './mmd.ts';
export {
  DEFAULT_EXPLAINED,
  fitPca,
  PCA_MOST_COLUMNS,
  type Pca,
  reconstructionError,
  reconstructionRest,
} from './pca.ts';
export { permutationP } from './permutation-tail.ts';
export { BIN_KINDS, type BinKind, poolRareBins, SMALLEST_EXPECTED } from './pool-rare.ts';
export { proportionsZ, wilsonInterval } from './proportions.ts';
export { DEFAULT_PSI_FLOOR, psi } from './psi.ts';
export { psiCritical } from './psi-critical.ts';
export {
  type Agreement,
  fleissKappa,
  gwetAc1,
  krippendorffAlpha,
  type RatingCounts,
} from './rater-agreement.ts';
export type { Counts } from './shares.ts';
export { shuffled } from './shuffle.ts';
export { type Correlation, correlationChange, spearman } from './spearman.ts';
// Distributions.
export { besselKScaled } from './special/bessel.ts';
export { betaLower, logBeta } from './special/beta.ts';
export { chiSquareCdf, chiSquareSf, chiSquareUpperQuantile } from './special/chi-square.ts';
export { gammaLower, gammaUpper, logChoose, logFactorial, logGamma } from './special/gamma.ts';
export { kolmogorovSf } from './special/kolmogorov.ts';
export { normalCdf, normalSf, normalTwoSided, normalUpperQuantile } from './special/normal.ts';
export { studentCdf, studentSf, studentTwoSided, studentUpperQuantile } from './special/student-t.ts';
export { type Adwin, type AdwinOptions, createAdwin } from './stream/adwin.ts';
export { type CusumOptions, createCusum } from './stream/cusum.ts';
export { createDdm, type DdmOptions } from './stream/ddm.ts';
export type { Signal, StreamDetector } from './stream/detector.ts';
export { createEddm, type EddmOptions } from './stream/eddm.ts';
export { createEwma, type EwmaOptions } from './stream/ewma.ts';
export { createHddmA, type HddmOptions } from './stream/hddm-a.ts';
export { createHddmW } from './stream/hddm-w.ts';
export { createKswin, type KswinOptions } from './stream/kswin.ts';
export { createPageHinkley, type PageHinkleyOptions } from './stream/page-hinkley.ts';
export { createRddm, type RddmOptions } from './stream/rddm.ts';
export { createStepd, type StepdOptions } from './stream/stepd.ts';
export { type Moments, momentsOf, studentT, type TTestResult, tTestFromMoments, welchT } from './t-test.ts';
export type { Sample } from './tie-groups.ts';
export { totalVariation } from './total-variation.ts';
export { type DriftVerdict, driftVerdict, type VerdictLimits } from './verdict.ts';
export { wasserstein } from './wasserstein.ts';
export { wassersteinFromCounts } from './wasserstein-counts.ts';
