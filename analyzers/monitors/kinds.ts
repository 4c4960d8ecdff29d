import { unreachable } from '../../model/brand.ts';
import type { MonitorKind, MonitorSpec } from '../../model/documents/monitor.ts';
import type { FindingKind } from '../../model/finding.ts';
import { stepLevels } from '../alarm/budget.ts';
import type { Summarised, TickContext } from '../deps.ts';
import { runDrift } from './drift-run.ts';
import { runMultivariate } from './multivariate-run.ts';
import { runPerformance } from './performance-run.ts';
import { runQuality } from './quality-run.ts';
import type { ReferenceCache } from './references.ts';
import type { MonitorRun, RunFrom } from './run.ts';

/** What kind of finding a monitor's findings are. A new monitor kind is a line here, a case below, and its own `<kind>-run.ts`. */
export const FINDS: Readonly<Record<MonitorKind, FindingKind>> = {
  drift: 'drift',
  quality: 'quality',
  performance: 'performance',
  multivariate: 'drift',
};

/** A monitor with a level of its own is held to it, and to its part of the system's budget of false alarms. */
function withinBudget<S extends MonitorSpec & { readonly alpha: number }>(context: TickContext, spec: S): S {
  const monitors = context.monitors.map(({ document }) => document.spec);
  const levels = stepLevels(context.spec.falseAlarms, spec, monitors);
  return { ...spec, alpha: Math.min(spec.alpha, spec.severity === 'page' ? levels.page : levels.ticket) };
}

export function runMonitor(
  context: TickContext,
  cache: ReferenceCache,
  spec: MonitorSpec,
  from: RunFrom,
  summarised: Summarised,
): Promise<MonitorRun> {
  switch (spec.kind) {
    case 'drift':
      return runDrift(context, cache, spec, from, summarised);
    case 'quality':
      return runQuality(context, cache, spec, from, summarised);
    case 'performance':
      return runPerformance(context, withinBudget(context, spec), from, summarised);
    case 'multivariate':
      return runMultivariate(context, withinBudget(context, spec), from, summarised);
    default:
      return unreachable(spec);
  }
}
