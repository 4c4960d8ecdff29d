import type { MonitorSpec } from '../../model/documents/monitor.ts';
import type { FalseAlarms } from '../../model/documents/system.ts';
import { eBenjaminiHochberg, harmonic, pToStepE } from '../stats/index.ts';

/** No check is held to less than this, however seldom its monitor looks. */
const LOOSEST = 0.05;

/** Chance of a false alarm that one step of one monitor may take, for each of the two ways to be loud. */
export type StepLevels = { readonly page: number; readonly ticket: number };

/** Monitors that judge by p-values and so share the budget; a quality limit is crossed or it is not. */
const spends = (spec: MonitorSpec): boolean => spec.kind !== 'quality';

/**
 * What one step of `own` may spend. The system's budget is a rate, 1 per `falseAlarms` of event time; a monitor has an
 * equal part of it, and a step the part of its own length: so the expected number of steps that alarm falsely is at most
 * the budget, whatever the monitors look at, however their windows overlap, and although all are compared with one
 * reference. Ticket budgets are shared by all monitors, since any of them may raise one; that of pages by those that page.
 */
export function stepLevels(
  falseAlarms: FalseAlarms,
  own: MonitorSpec,
  monitors: readonly MonitorSpec[],
): StepLevels {
  const stepMs = own.step ?? own.window;
  const all = monitors.filter(spends);
  const paging = all.filter(({ severity }) => severity === 'page');
  const level = (meanMs: number, sharing: readonly MonitorSpec[]): number =>
    Math.min(LOOSEST, stepMs / meanMs / Math.max(1, sharing.length));
  return { page: level(falseAlarms.page, paging), ticket: level(falseAlarms.ticket, all) };
}

/** p-values at or below these are told as drift (`ticket`), and may page. */
export type Cutoffs = { readonly page: number; readonly ticket: number };

/** The step's level, spent on all that was looked at in it. Looks that tested nothing spend nothing. */
export function spend(pValues: readonly (number | null)[], levels: StepLevels): Cutoffs {
  const tested = pValues.filter((pValue) => pValue !== null);
  return { page: cutoff(tested, levels.page), ticket: cutoff(tested, levels.ticket) };
}

/**
 * The largest p that e-BH rejects on step e-values, or the one that a lone finding would need: k · α / (m · Hₘ). Under no
 * change at all the chance of any rejection is at most α, whatever the dependence between features, segments and
 * statistics; beside true changes the expected share of false ones is.
 */
function cutoff(pValues: readonly number[], alpha: number): number {
  const m = Math.max(1, pValues.length);
  const eValues = pValues.flatMap((pValue) => {
    const e = pToStepE(pValue, m, alpha);
    return e.kind === 'value' ? [e.value] : [];
  });
  const rejected = eBenjaminiHochberg(eValues, alpha);
  const found = rejected.kind === 'value' ? rejected.rejected.length : 0;
  return (Math.max(1, found) * alpha) / (m * harmonic(m));
}
