import { binaryDetector, type StreamDetector } from './detector.ts';

export type DdmOptions = {
  /** No verdict up to this many values. */
  readonly warmUp?: number;
  /** Standard deviations above the best level seen. */
  readonly warningSigmas?: number;
  readonly driftSigmas?: number;
};

/**
 * Drift detection method: error rate p and s = √(p(1−p)/n) since the last drift; remembers the least p + s; warns at
 * p + s > p_min + 2 s_min, drift at 3. O(1). Finds abrupt rises; after long stability it grows deaf (see RDDM).
 * Source: Gama, Medas, Castillo & Rodrigues, SBIA 2004, § 3.
 */
export function createDdm(options: DdmOptions = {}): StreamDetector {
  const { warmUp = 30, warningSigmas = 2, driftSigmas = 3 } = options;
  const fresh = () => ({ n: 0, p: 0, pMin: 0, sMin: 0, least: Infinity });
  let d = fresh();
  return binaryDetector((isError) => {
    d.n += 1;
    d.p += ((isError ? 1 : 0) - d.p) / d.n;
    if (d.n <= warmUp) return 'stable';
    const s = Math.sqrt((d.p * (1 - d.p)) / d.n);
    const level = d.p + s;
    if (level <= d.least) Object.assign(d, { pMin: d.p, sMin: s, least: level });
    if (level > d.pMin + driftSigmas * d.sMin) {
      d = fresh();
      return 'drift';
    }
    return level > d.pMin + warningSigmas * d.sMin ? 'warning' : 'stable';
  });
}
