/**
 * Bins of a score, ascending with it. Probabilities: edges at each hundredth, and finer ones towards 0 and 1, where rare
 * events live; the key is the lower edge in ten-thousandths, so that the tenths of a calibration curve are sums of whole
 * bins. A score outside [0, 1] is no probability: its key comes from the logarithmic bins of profiles, beyond 10,000 or
 * below 0, so that it still ranks.
 */
const TAIL = [0, 1, 2, 5, 10, 20, 50] as const;
const WHOLE = 10_000;

export const PROBABILITY_EDGES: readonly number[] = [
  ...TAIL,
  ...Array.from({ length: 99 }, (_, i) => (i + 1) * 100),
  ...TAIL.toReversed().map((edge) => WHOLE - edge),
].map((edge) => edge / WHOLE);

/** No score was sent. */
export const NO_SCORE = -2_147_483_648;

export const isProbabilityBin = (bin: number): boolean => bin >= 0 && bin <= WHOLE;
/** The tenth of [0, 1] that the bin lies in: 0..9; 1 belongs to the last. */
export const tenthOf = (bin: number): number => Math.min(9, Math.floor(bin / (WHOLE / 10)));
