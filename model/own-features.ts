/**
 * What is watched of the decisions themselves, beside the features they were made from. A shift in what is decided is
 * nearer to harm than one in what it is decided from: these come first wherever features are listed or compared.
 */
export const SCORE_FEATURE = '@score';
export const CONFIDENCE_FEATURE = '@confidence';
/** What was decided; categorical, and there in every decision, so its count is the volume. */
export const VALUE_FEATURE = '@value';

const PREDICTIONS: readonly string[] = [VALUE_FEATURE, SCORE_FEATURE, CONFIDENCE_FEATURE];

export const isPrediction = (feature: string): boolean => PREDICTIONS.includes(feature);

/** Predictions and scores first, then the rest by name. */
export const byNearnessToHarm = (a: string, b: string): number => {
  const [x, y] = [PREDICTIONS.indexOf(a), PREDICTIONS.indexOf(b)];
  if (x !== y) return (x < 0 ? PREDICTIONS.length : x) - (y < 0 ? PREDICTIONS.length : y);
  return a < b ? -1 : a > b ? 1 : 0;
};
