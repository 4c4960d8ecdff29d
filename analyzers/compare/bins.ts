import type { Bin } from './report.ts';

/** Counts of a numbers column at ascending places. `to` equals `from` where a bin is one value. */
export type FineBin = {
  readonly from: number;
  readonly to: number;
  readonly reference: number;
  readonly current: number;
};

/** Ascending bins of about equal mass, both sides together: at most `most` of them. */
export function evenMass(fine: readonly FineBin[], most: number): { reference: number[]; current: number[] } {
  const total = fine.reduce((sum, { reference, current }) => sum + reference + current, 0);
  const reference: number[] = [];
  const current: number[] = [];
  let before = 0;
  let last = -1;
  for (const bin of fine) {
    const mass = bin.reference + bin.current;
    // A bin belongs where its middle lies, so that a heavy one neither drags its neighbours along nor splits.
    const slot = Math.min(most - 1, Math.floor(((before + mass / 2) / total) * most));
    before += mass;
    if (slot !== last) {
      reference.push(0);
      current.push(0);
      last = slot;
    }
    const at = reference.length - 1;
    reference[at] = (reference[at] ?? 0) + bin.reference;
    current[at] = (current[at] ?? 0) + bin.current;
  }
  return { reference, current };
}

/** Share of rows, on each end, that a picture may leave to its outermost bar. */
const TAIL = 0.005;

/**
 * Bins of equal width, as people read them, from the 0.5 % to the 99.5 % point of both sides; the tails go to the ends.
 * Mass is spread evenly inside a fine bin; one value stays whole.
 */
export function evenWidth(fine: readonly FineBin[], most: number): Bin[] {
  const [low, high] = [quantileOf(fine, TAIL, 'from'), quantileOf(fine, 1 - TAIL, 'to')];
  if (!(low < high)) return fine.slice(0, most).map((bin) => ({ ...bin, label: numberLabel(bin.from) }));
  const { width, length } = grid(fine, high - low, most);
  const bins = Array.from({ length }, (_, i) => ({
    from: low + i * width,
    to: low + (i + 1) * width,
    reference: 0,
    current: 0,
  }));
  for (const bin of fine) spread(bin, bins, low, width);
  return bins.map((bin) => ({ ...bin, label: `${numberLabel(bin.from)} to ${numberLabel(bin.to)}` }));
}

/** Whole numbers get bins of a whole width: with 0.8 every fifth bar would be twice its neighbours. */
function grid(fine: readonly FineBin[], span: number, most: number): { width: number; length: number } {
  const whole = fine.every(({ from, to }) => from === to && Number.isInteger(from));
  if (!whole) return { width: span / most, length: most };
  const width = Math.max(1, Math.ceil((span + 1) / most));
  return { width, length: Math.ceil((span + 1) / width) };
}

type Open = { reference: number; current: number };

function spread(bin: FineBin, bins: readonly Open[], low: number, width: number): void {
  const place = (value: number): number =>
    Math.min(bins.length - 1, Math.max(0, Math.floor((value - low) / width)));
  const first = place(bin.from);
  const last = bin.to > bin.from ? place(bin.to) : first;
  for (let i = first; i <= last; i += 1) {
    const target = bins[i];
    if (target === undefined) continue;
    const share = first === last ? 1 : overlap(bin, low + i * width, width, i === 0, i === bins.length - 1);
    target.reference += bin.reference * share;
    target.current += bin.current * share;
  }
}

function overlap(bin: FineBin, from: number, width: number, isFirst: boolean, isLast: boolean): number {
  const left = isFirst ? bin.from : Math.max(bin.from, from);
  const right = isLast ? bin.to : Math.min(bin.to, from + width);
  return Math.max(0, right - left) / (bin.to - bin.from);
}

function quantileOf(fine: readonly FineBin[], level: number, edge: 'from' | 'to'): number {
  const total = fine.reduce((sum, { reference, current }) => sum + reference + current, 0);
  let before = 0;
  for (const bin of fine) {
    before += bin.reference + bin.current;
    if (before >= level * total) return bin[edge];
  }
  return fine.at(-1)?.[edge] ?? Number.NaN;
}

/** Whole numbers as they are (2015; 68,785), others with four digits that count (0.0001235). */
export function numberLabel(value: number): string {
  if (!Number.isFinite(value)) return 'none';
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-6)) return value.toExponential(3);
  const digits = Number.isInteger(value) ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 };
  return value.toLocaleString('en', { ...digits, useGrouping: 'min2' });
}

/** 2026-03-08, or 2026-03-08 14:00 where it is not midnight; UTC. */
export const instantLabel = (ms: number): string => {
  const text = new Date(ms).toISOString();
  return (ms % 86_400_000 === 0 ? text.slice(0, 10) : text.slice(0, 16)).replace('T', ' ');
};
