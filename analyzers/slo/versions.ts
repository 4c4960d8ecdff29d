import type { MinuteSums } from '../../model/minute-sums.ts';

export type VersionShare = {
  readonly version: string;
  readonly bad: number;
  readonly total: number;
  readonly badShare: number;
};

/** The bad share of each version in the window, the worst first. */
export function versionSplit(
  versions: ReadonlyMap<string, MinuteSums>,
  fromMs: number,
  toMs: number,
): readonly VersionShare[] {
  return [...versions]
    .map(([version, sums]) => ({ version, ...sums.window(fromMs, toMs) }))
    .filter((row) => row.total > 0)
    .map((row) => ({ ...row, badShare: row.bad / row.total }))
    .sort((a, b) => b.badShare - a.badShare || (a.version < b.version ? -1 : 1));
}
