import { unreachable } from '../../model/brand.ts';
import type { MonitorKind, MonitorSpec } from '../../model/documents/monitor.ts';
import type { FindingKind } from '../../model/finding.ts';
import type { Summarised, TickContext } from '../deps.ts';
import { runDrift } from './drift-run.ts';
import { runPerformance } from './performance-run.ts';
import { runQuality } from './quality-run.ts';
import type { ReferenceCache } from './references.ts';
import type { MonitorRun, RunFrom } from './run.ts';

/** What kind of finding a monitor's findings are. A new monitor kind is a line here, a case below, and its own `<kind>-run.ts`. */
export const FINDS: Readonly<Record<MonitorKind, FindingKind>> = {
  drift: 'drift',
  quality: 'quality',
  performance: 'performance',
};

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
      return runPerformance(context, spec, from, summarised);
    default:
      return unreachable(spec);
  }
}
