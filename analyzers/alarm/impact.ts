import type { Severity } from '../../model/finding.ts';
import { numberWords, percentWords } from '../words.ts';
import { type Burn, burnWords } from './burn.ts';
import { type Expected, expectedWords } from './expected.ts';
import { type Harm, harmWords } from './harm.ts';

/** How much the decisions hang on a feature, 0..1, and who says so. */
export type Importance = {
  readonly share: number;
  readonly by: 'declared' | 'association' | 'unknown';
};

export type ImpactInput = {
  /** The monitor's severity: never louder than this. */
  readonly ceiling: Severity;
  /** Whether the evidence is within the budget of pages, or only of tickets. */
  readonly evidence: 'page' | 'ticket';
  readonly effect: number;
  readonly limit: number;
  readonly importance: Importance;
  readonly harm: Harm;
  readonly burn: Burn;
  readonly expected: Expected | undefined;
};

export const IMPACT_REASONS = [
  'expected',
  'harmless',
  'harmful',
  'burning',
  'budget_calm',
  'light',
  'weighty',
  'evidence_for_a_ticket',
] as const;
export type ImpactReason = (typeof IMPACT_REASONS)[number];

export type Impact = {
  readonly severity: Severity;
  readonly reason: ImpactReason;
  /** 0..1: what the drift weighs, effect against limit times importance. */
  readonly weight: number;
  readonly sentence: string;
};

/** An effect of this many limits weighs fully. */
const FULL_EFFECT = 2;
/** From here on a drift of unknown harm is taken for serious: at its limit on the most important feature, or twice over it on one half as important. */
const WEIGHTY = 0.5;

const QUIETER: Readonly<Record<Severity, Severity>> = { page: 'ticket', ticket: 'log', log: 'log' };
const RANK: Readonly<Record<Severity, number>> = { log: 0, ticket: 1, page: 2 };
const quieterOf = (a: Severity, b: Severity): Severity => (RANK[a] <= RANK[b] ? a : b);

/**
 * How loud a drift is, in this order:
 *   announced, or a season        → log;
 *   decisions more often wrong    → the ceiling, whatever it weighs;
 *   an error budget burns faster  → as loud as the SLO is at that rate, one step lower where it weighs little;
 *   decisions as right as before  → log, however far it moved;
 *   begun with a deployment       → a ticket at most;
 *   neither labels nor SLOs tell  → the ceiling when it weighs enough, else one step lower;
 *   every budget is calm          → one step lower than that;
 *   evidence for a ticket only    → a ticket at most.
 */
export function impactOf(input: ImpactInput): Impact {
  const { ceiling, harm, burn, expected, importance } = input;
  const weight = Math.min(1, input.effect / (FULL_EFFECT * input.limit)) * importance.share;
  const say = (severity: Severity, reason: ImpactReason, sentence: string): Impact => ({
    ...(input.evidence === 'ticket' && severity === 'page'
      ? { severity: 'ticket', reason: 'evidence_for_a_ticket' }
      : { severity, reason }),
    weight,
    sentence,
  });
  if (expected !== undefined && expected.kind !== 'deployment')
    return say('log', 'expected', expectedWords(expected));
  const isWeighty = weight >= WEIGHTY;
  if (harm.kind === 'seen') {
    const budget = burn.kind === 'burning' ? ` ${burnWords(burn)}` : '';
    return say(ceiling, 'harmful', `${harmWords(harm)}${budget}`);
  }
  if (burn.kind === 'burning') {
    const loud = quieterOf(ceiling, burn.severity);
    return say(isWeighty ? loud : QUIETER[loud], 'burning', burnWords(burn));
  }
  if (harm.kind === 'none_seen') return say('log', 'harmless', harmWords(harm));
  const costs = `${harmWords(harm)} ${burnWords(burn)}`;
  if (expected !== undefined)
    return say(quieterOf(ceiling, 'ticket'), 'expected', `${expectedWords(expected)} ${costs}`);
  const loud = isWeighty ? ceiling : QUIETER[ceiling];
  const light = isWeighty ? '' : `It weighs ${numberWords(weight)} of 1 (${importanceWords(importance)}). `;
  if (burn.kind === 'calm') return say(QUIETER[loud], 'budget_calm', `${light}${costs}`);
  return say(loud, isWeighty ? 'weighty' : 'light', `${light}${costs}`);
}

const importanceWords = ({ share, by }: Importance): string => {
  switch (by) {
    case 'declared':
      return `importance ${numberWords(share)} by its System`;
    case 'association':
      return `it explains ${percentWords(share)} as much of the score as the strongest feature`;
    case 'unknown':
      return 'its importance is not known';
  }
};
