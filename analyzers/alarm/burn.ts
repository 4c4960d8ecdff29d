import { alertPairs, budgetShare, burnFactor, type Counts, isBudgetSpent } from '../../model/burn-rate.ts';
import type { SloSpec } from '../../model/documents/slo.ts';
import { wilsonInterval } from '../stats/index.ts';
import { instantWords, numberWords, percentWords } from '../words.ts';
import { type Harm, moreOften } from './harm.ts';

/** Events of one SLO of the system around a drift. */
export type SloCounts = {
  readonly name: string;
  readonly spec: SloSpec;
  /** Of the window, from the onset on. */
  readonly now: Counts;
  /** Of a stretch before the onset. */
  readonly before: Counts;
  /** Of the SLO's period up to the end of the window. */
  readonly period: Counts;
  /** Since when the gate sends decisions to people by itself, somewhere in the window; null when it does not. */
  readonly routedSinceMs: number | null;
};

/** What the error budgets of the system say of a drift: spent faster since it began, or not. */
export type Burn =
  | {
      readonly kind: 'burning';
      readonly slo: string;
      readonly rate: number;
      /** null: too few events before the onset. */
      readonly before: number | null;
      /** Share of the period's budget that went in the window. */
      readonly spentShare: number;
      /** How loud the SLO's own pairs make such a rate. */
      readonly severity: 'page' | 'ticket';
    }
  | { readonly kind: 'calm'; readonly slo: string; readonly rate: number; readonly before: number | null }
  | {
      readonly kind: 'unknown';
      readonly because: 'no_slo' | 'too_few' | 'cannot_tell' | 'by_design';
      readonly words: string;
    };

const CONFIDENCE = 0.95;

/**
 * The loudest of the system's SLOs. `burning`: the 95 % interval of its rate lies above the budget's, and above the
 * rate before the onset where that is known. It pages when it burns as fast as the lowest of its paging pairs, or the
 * period's budget is gone. `calm`: each SLO's interval lies within the budget, or each burned as fast before. A budget that
 * one SLO cannot speak of is unknown: calm of the latency says nothing of what was decided.
 *
 * Correctness counts when a label comes in, so its minutes may speak of older decisions: while the window's own labels are
 * under way it is never calm, and where they show no harm it does not burn by this drift.
 */
export function burnOf(slos: readonly SloCounts[], harm: Harm): Burn {
  if (slos.length === 0) return unknown('no_slo', 'No SLO says what it costs.');
  const judged = slos.filter((slo) => !isByDesign(slo) && !isAboutOthers(slo, harm));
  const found = judged.map((slo) => oneOf(slo, harm));
  const burning = found.filter((one) => one.kind === 'burning').sort(loudestFirst)[0];
  if (burning) return burning;
  const untold = found.find((one) => one.kind === 'unknown');
  if (untold) return untold;
  const calm = found.filter((one) => one.kind === 'calm').sort((a, b) => b.rate - a.rate)[0];
  return calm ?? byDesign(slos);
}

const unknown = (because: Extract<Burn, { kind: 'unknown' }>['because'], words: string): Burn => ({
  kind: 'unknown',
  because,
  words,
});

/** What the gate gives to people is not what the machine gave up. */
const isByDesign = ({ spec, routedSinceMs }: SloCounts): boolean =>
  spec.sli.kind === 'automation' && routedSinceMs !== null;

const isAboutOthers = ({ spec }: SloCounts, harm: Harm): boolean =>
  spec.sli.kind === 'correctness' && harm.kind === 'none_seen';

function byDesign(slos: readonly SloCounts[]): Burn {
  const routed = slos.find(isByDesign);
  return routed === undefined || routed.routedSinceMs === null
    ? unknown('no_slo', 'No SLO says what it costs.')
    : unknown(
        'by_design',
        `${routed.name} is left out: the gate sends decisions to people since ${instantWords(routed.routedSinceMs)}.`,
      );
}

function oneOf({ name, spec, now, before, period }: SloCounts, harm: Harm): Burn {
  const budget = budgetShare(spec.target);
  if (now.total < spec.minimumN)
    return unknown('too_few', `${name} has ${now.total} events in it, ${spec.minimumN} are asked for.`);
  const rate = now.bad / now.total / budget;
  const isKnown = before.total >= spec.minimumN;
  const earlier = isKnown ? before.bad / before.total / budget : null;
  const { low, high } = interval(now);
  const rose = isKnown ? moreOften(sides(before), sides(now)) : { low: Number.POSITIVE_INFINITY };
  if (low > budget && rose.low > 0) {
    const pages = alertPairs(spec).filter(({ severity }) => severity === 'page');
    const paging = Math.min(...pages.map((pair) => burnFactor(pair, spec.period)));
    const severity = rate >= paging || isBudgetSpent(period, spec.target) ? 'page' : 'ticket';
    const spentShare = period.total === 0 ? 0 : now.bad / (budget * period.total);
    return { kind: 'burning', slo: name, rate, before: earlier, spentShare, severity };
  }
  const isLate = spec.sli.kind === 'correctness' && harm.kind === 'unknown' && harm.because !== 'cannot_tell';
  if (!isLate && (high <= budget || low > budget)) return { kind: 'calm', slo: name, rate, before: earlier };
  return unknown('cannot_tell', `${name} cannot tell yet whether it burns faster.`);
}

const sides = ({ bad, total }: Counts) => ({ decisions: total, judged: total, wrong: bad });

function interval({ bad, total }: Counts): { readonly low: number; readonly high: number } {
  const found = wilsonInterval({ successes: bad, trials: total }, CONFIDENCE);
  return found.kind === 'value' ? found : { low: 0, high: 1 };
}

type Burning = Extract<Burn, { kind: 'burning' }>;
const loudestFirst = (a: Burning, b: Burning): number =>
  Number(b.severity === 'page') - Number(a.severity === 'page') || b.rate - a.rate;

export function burnWords(burn: Burn): string {
  switch (burn.kind) {
    case 'burning': {
      const before = burn.before === null ? '' : `, ${numberWords(burn.before)}× before`;
      return `${burn.slo} burns its error budget ${numberWords(burn.rate)}× since${before}: ${percentWords(burn.spentShare)} of it went in the window.`;
    }
    case 'calm':
      return burn.rate <= 1
        ? `The error budget of ${burn.slo} is well: it burns ${numberWords(burn.rate)}×.`
        : `${burn.slo} burned its error budget as fast before (${numberWords(burn.before ?? burn.rate)}×, now ${numberWords(burn.rate)}×).`;
    case 'unknown':
      return burn.words;
  }
}
