import { type Finding, isFiring } from '../../model/finding.ts';
import type { Signal } from '../../model/incident.ts';
import type { IncidentRules } from './rules.ts';
import { isWorse, worst } from './severity.ts';

/** One monitor × subject × segment × version × statistic. JSON, because names may hold any separator. */
export const signalKey = (
  of: Pick<Finding, 'monitor' | 'subject' | 'segment' | 'modelVersion' | 'statistic'>,
): string => JSON.stringify([of.monitor, of.subject, of.segment, of.modelVersion, of.statistic]);

export const windowsToRecover = (flaps: number, rules: IncidentRules): number =>
  rules.windowsToRecover * 2 ** Math.min(flaps, rules.maximumDoublings);

/** What a finding did to its signal. */
export type SignalChange =
  | 'fired'
  | 'worse'
  | 'still_firing'
  | 'recovering'
  | 'recovered'
  | 'calm'
  | 'cannot_tell';

/** The signal as the finding leaves it. `before` is undefined only for a finding that fires. */
export function stepSignal(
  before: Signal | undefined,
  finding: Finding,
  rules: IncidentRules,
): { readonly signal: Signal; readonly change: SignalChange } {
  if (!before) return { signal: fired(finding, 0), change: 'fired' };
  if (isFiring(finding.verdict)) return burn(before, finding);
  const seen = { ...before, ...said(finding) };
  // A look that cannot tell neither heals nor fires: the signal stays what it was.
  if (finding.verdict !== 'ok') return { signal: seen, change: 'cannot_tell' };
  const okWindows = before.okWindows + 1;
  if (!before.firing) return { signal: { ...seen, okWindows }, change: 'calm' };
  if (okWindows < windowsToRecover(before.flaps, rules))
    return { signal: { ...seen, okWindows }, change: 'recovering' };
  return {
    signal: { ...seen, okWindows, firing: false, quietSinceMs: finding.windowEndMs },
    change: 'recovered',
  };
}

function burn(before: Signal, finding: Finding): { signal: Signal; change: SignalChange } {
  if (!before.firing) return { signal: fired(finding, before.flaps + 1), change: 'fired' };
  const change = isWorse(finding.severity, before.severity) ? 'worse' : 'still_firing';
  const severity = worst(before.severity, finding.severity);
  // What pages now began later than what has smouldered as a ticket before.
  const sinceMs = change === 'worse' ? Math.max(before.sinceMs, onsetOf(finding)) : before.sinceMs;
  return { signal: { ...before, ...said(finding), severity, sinceMs, okWindows: 0 }, change };
}

const fired = (finding: Finding, flaps: number): Signal => ({
  key: signalKey(finding),
  monitor: finding.monitor,
  kind: finding.kind,
  subject: finding.subject,
  modelVersion: finding.modelVersion,
  segment: finding.segment,
  statistic: finding.statistic,
  severity: finding.severity,
  firing: true,
  sinceMs: onsetOf(finding),
  quietSinceMs: null,
  okWindows: 0,
  flaps,
  ...said(finding),
});

/**
 * An SLO's window is as long as it takes to burn at this rate: an onset before it is that of a slighter trouble, which was
 * there before, and not of this one. Blaming a version for the wrong onset would blame the wrong version.
 */
const onsetOf = ({ kind, onsetMs, windowStartMs }: Finding): number =>
  kind === 'slo' ? Math.max(onsetMs ?? windowStartMs, windowStartMs) : (onsetMs ?? windowStartMs);

const said = (finding: Finding) => ({
  verdict: finding.verdict,
  value: finding.value,
  limit: finding.limit,
  n: finding.n,
  sentence: finding.sentence,
  lastWindowEndMs: finding.windowEndMs,
});

/** Its last look could not tell. */
export const cannotTell = (signal: Signal): boolean =>
  signal.verdict === 'blind' || signal.verdict === 'not_enough_data';
