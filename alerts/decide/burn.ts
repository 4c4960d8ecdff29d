import type { Target } from '../../model/documents/slo.ts';

/** Judged events of one stretch. */
export type Counts = { readonly good: number; readonly total: number };

const badOf = ({ good, total }: Counts): number => total - good;
export const badShare = (counts: Counts): number => badOf(counts) / counts.total;

/** bad / total ≥ rate × allowed share, multiplied out: with counts below 2^53 / of, integers compare exactly. */
export const burnsAtLeast = (counts: Counts, target: Target, rate: number): boolean =>
  badOf(counts) * Number(target.of) >= rate * counts.total * Number(target.of - target.good);

/** More bad events than the objective allows. */
export const isBeyond = (counts: Counts, target: Target): boolean =>
  badOf(counts) * Number(target.of) > counts.total * Number(target.of - target.good);

/** For sentences and for ranking. */
export const burnRate = (counts: Counts, target: Target): number =>
  (badShare(counts) * Number(target.of)) / Number(target.of - target.good);
