import type { SystemSpec } from '../../model/documents/system.ts';
import { systemSpec } from '../../model/documents/system.ts';
import type { Incident } from '../../model/incident.ts';
import { DAY_MS, formatDuration } from '../../model/time.ts';
import type { SystemDetail } from '../contract/systems.ts';

/** Event time over which false alarms are counted against their budget. */
export const FALSE_ALARMS_OVER_MS = 90 * DAY_MS;

/** Each budget beside what became of it: how many alarms there were, and how many people judged false. */
export function falseAlarmsOf(
  spec: SystemSpec | undefined,
  incidents: readonly Incident[],
): SystemDetail['falseAlarms'] {
  const budget = (spec ?? systemSpec.parse({})).falseAlarms;
  return (['page', 'ticket'] as const).map((severity) => {
    const raised = incidents.filter((incident) => incident.severity === severity);
    const judged = raised.filter((incident) => incident.judged !== 'not_judged');
    const falseOnes = judged.filter((incident) => incident.judged === 'false_alarm').length;
    const everyMs = budget[severity];
    const allowed = FALSE_ALARMS_OVER_MS / everyMs;
    const counts = { raised: raised.length, judged: judged.length, falseAlarms: falseOnes };
    return {
      severity,
      everyMs,
      overMs: FALSE_ALARMS_OVER_MS,
      allowed,
      ...counts,
      sentence: words(severity, everyMs, allowed, counts),
    };
  });
}

function words(
  severity: 'page' | 'ticket',
  everyMs: number,
  allowed: number,
  counts: { readonly raised: number; readonly judged: number; readonly falseAlarms: number },
): string {
  const { raised, judged, falseAlarms } = counts;
  const budget = `At most one false ${severity} in ${formatDuration(everyMs)}.`;
  const over = formatDuration(FALSE_ALARMS_OVER_MS);
  if (raised === 0) return `${budget} None was raised in ${over}.`;
  const plural = (n: number): string => `${n} ${severity}${n === 1 ? '' : 's'}`;
  if (judged === 0) return `${budget} ${plural(raised)} in ${over}, none judged yet.`;
  const kept = falseAlarms <= allowed ? 'within the budget' : 'over the budget';
  return `${budget} ${plural(raised)} in ${over}; of ${judged} that people judged, ${falseAlarms} ${falseAlarms === 1 ? 'was' : 'were'} false: ${kept}.`;
}
