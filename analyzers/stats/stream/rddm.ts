import { binaryDetector, type Level, type StreamDetector } from './detector.ts';

export type RddmOptions = {
  readonly minimumN?: number;
  readonly warningSigmas?: number;
  readonly driftSigmas?: number;
  /** A stable concept longer than this is shortened to its newest `keptN` values. */
  readonly longestN?: number;
  readonly keptN?: number;
  /** A warning that lasts this long is a drift. */
  readonly longestWarningN?: number;
};

/**
 * Reactive DDM: DDM whose statistics are recomputed from the newest `keptN` values when a concept grows longer than
 * `longestN`, which keeps it from growing deaf, and for which a warning that will not end is a drift. After a drift the
 * values since the warning began are the new concept. O(1) per value, O(keptN) memory and per recomputation.
 * Source: Barros, Cabral, Gonçalves & Santos, Expert Systems with Applications 90 (2017), alg. 1 and table 2 (defaults).
 */
export function createRddm(options: RddmOptions = {}): StreamDetector {
  const { minimumN = 129, warningSigmas = 1.773, driftSigmas = 2.258 } = options;
  const { longestN = 40_000, keptN = 7_000, longestWarningN = 1_400 } = options;
  const fresh = () => ({ n: 0, p: 0, pMin: 0, sMin: 0, least: Infinity });
  let d = fresh();
  let newest: boolean[] = [];
  let warningN = 0;

  const judge = (isError: boolean): Level => {
    d.n += 1;
    d.p += ((isError ? 1 : 0) - d.p) / d.n;
    if (d.n < minimumN) return 'stable';
    const s = Math.sqrt((d.p * (1 - d.p)) / d.n);
    const level = d.p + s;
    if (level < d.least) Object.assign(d, { pMin: d.p, sMin: s, least: level });
    if (level > d.pMin + driftSigmas * d.sMin) return 'drift';
    return level > d.pMin + warningSigmas * d.sMin ? 'warning' : 'stable';
  };
  const relearnFrom = (values: boolean[]): void => {
    d = fresh();
    newest = values;
    warningN = 0;
    for (const value of values) judge(value);
  };

  return binaryDetector((isError) => {
    newest.push(isError);
    // Twice the memory, halved now and then: cheaper than shifting an array each time.
    if (newest.length > 2 * keptN) newest = newest.slice(-keptN);
    const level = judge(isError);
    warningN = level === 'warning' ? warningN + 1 : level === 'stable' ? 0 : warningN;
    if (level === 'drift' || warningN >= longestWarningN) {
      relearnFrom(newest.slice(newest.length - Math.min(warningN + 1, newest.length, keptN)));
      return 'drift';
    }
    if (d.n >= longestN && level === 'stable') relearnFrom(newest.slice(-keptN));
    return level;
  });
}
