import type { SystemSpec } from '../../model/documents/system.ts';
import type { Cell } from '../../store/ports/cohorts.ts';
import { numberWords } from '../words.ts';
import { Z95 } from './measure.ts';

export type Costs = NonNullable<SystemSpec['costs']>;

/** Mean cost of a judged decision. */
export type Cost = {
  readonly perDecision: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  /** Judged decisions for which no cost is written down: counted as 0. */
  readonly unpriced: number;
};

/** From counts of (value, label) alone; null when nothing is judged. Interval: normal, of a mean of independent decisions. */
export function costOf(cells: readonly Cell[], costs: Costs): Cost | null {
  let [n, sum, sumSq, unpriced] = [0, 0, 0, 0];
  for (const { value, truth, known } of cells) {
    if (known === 0) continue;
    const amount = costs.of[value]?.[truth];
    if (amount === undefined) unpriced += known;
    n += known;
    sum += known * (amount ?? 0);
    sumSq += known * (amount ?? 0) ** 2;
  }
  if (n < 2) return null;
  const perDecision = sum / n;
  const se = Math.sqrt(Math.max(0, sumSq / n - perDecision ** 2) / (n - 1));
  return { perDecision, low: perDecision - Z95 * se, high: perDecision + Z95 * se, n, unpriced };
}

export type CostChange = { readonly amount: number; readonly low: number; readonly high: number };

/** What the window's decisions cost beyond what the reference's would have, over all that were made. */
export function costChange(current: Cost, reference: Cost, decisions: number): CostChange {
  const difference = current.perDecision - reference.perDecision;
  const spread = Math.hypot(current.high - current.perDecision, reference.high - reference.perDecision);
  return {
    amount: difference * decisions,
    low: (difference - spread) * decisions,
    high: (difference + spread) * decisions,
  };
}

/** Silent where the interval holds both signs: money that may be gained or lost is no news. */
export function costWords({ amount, low, high }: CostChange, unit: string): string {
  if (low <= 0 && high >= 0) return '';
  const word = amount > 0 ? 'more' : 'less';
  const sums = [Math.abs(amount), ...[Math.abs(low), Math.abs(high)].sort((a, b) => a - b)].map(numberWords);
  const [about, from, to] = sums;
  return `these decisions cost about ${about} ${unit} ${word} than the reference's would have (${from} to ${to})`.replace(
    '  ',
    ' ',
  );
}
