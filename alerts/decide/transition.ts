import { type Finding, isFiring } from '../../model/finding.ts';
import type { Incident, Signal, TimelineEntry } from '../../model/incident.ts';
import { formatDuration } from '../../model/time.ts';
import type { NewIncident, NewTimelineEntry, SignalMark } from '../../store/ports/incidents.ts';
import { INCIDENT_RULES, type IncidentRules } from './rules.ts';
import { firedSentence, recoveredSentence, stillFiringSentence, titleOf } from './sentences.ts';
import { isAtLeast, isWorse, worst } from './severity.ts';
import { cannotTell, type SignalChange, stepSignal } from './signals.ts';

export type UnchangedReason =
  /** This window, or a later one, was taken already. */
  | 'stale_finding'
  /** Severity `log` is written down and wakes nobody. */
  | 'log_only'
  | 'healthy'
  /** Blind, or not enough data: no reason to open, and none to close. */
  | 'cannot_tell'
  /** It was firing when its incident was closed, and has neither recovered nor grown worse since. */
  | 'already_told';

export type Transition = { readonly mark: SignalMark } & (
  | { readonly kind: 'opened'; readonly incident: NewIncident; readonly entries: readonly NewTimelineEntry[] }
  | {
      readonly kind: 'updated' | 'resolved';
      readonly incident: Incident;
      readonly entries: readonly NewTimelineEntry[];
    }
  | { readonly kind: 'unchanged'; readonly reason: UnchangedReason }
);

/**
 * One finding meets the system's open incident. Pure; its clock is the event time of the findings themselves, so the same
 * findings in the same order give the same incidents whenever they are read.
 */
export function transition(
  incident: Incident | undefined,
  mark: SignalMark | undefined,
  finding: Finding,
  key: string,
  rules: IncidentRules = INCIDENT_RULES,
): Transition {
  if (mark && finding.windowEndMs <= mark.lastWindowEndMs)
    return { kind: 'unchanged', reason: 'stale_finding', mark };
  const next = stepMark(mark, finding, rules);
  const before = incident?.signals.find((signal) => signal.key === key);
  if (!before) {
    const reason = whyNoSignal(finding, mark, next);
    if (reason !== undefined) return { kind: 'unchanged', reason, mark: next };
  }
  const told = { ...next, toldSeverity: null };
  const { signal, change } = stepSignal(before, finding, rules);
  if (!incident) return { ...open(finding, signal), mark: told };
  return { ...meet(incident, signal, change, rules), mark: told };
}

/** Undefined when the finding makes a signal. */
function whyNoSignal(
  finding: Finding,
  before: SignalMark | undefined,
  after: SignalMark,
): UnchangedReason | undefined {
  if (finding.verdict === 'ok') return 'healthy';
  if (!isFiring(finding.verdict)) return 'cannot_tell';
  if (!isAtLeast(finding.severity, 'ticket')) return 'log_only';
  const told = before?.toldSeverity ?? null;
  return told !== null && after.toldSeverity !== null && !isWorse(finding.severity, told)
    ? 'already_told'
    : undefined;
}

function stepMark(mark: SignalMark | undefined, finding: Finding, rules: IncidentRules): SignalMark {
  const okWindows =
    finding.verdict === 'ok'
      ? (mark?.okWindows ?? 0) + 1
      : isFiring(finding.verdict)
        ? 0
        : (mark?.okWindows ?? 0);
  return {
    lastWindowEndMs: finding.windowEndMs,
    okWindows,
    toldSeverity: okWindows >= rules.windowsToRecover ? null : (mark?.toldSeverity ?? null),
  };
}

function open(finding: Finding, signal: Signal) {
  const incident: NewIncident = {
    project: finding.project,
    system: finding.system,
    title: titleOf(finding.system, [signal]),
    severity: signal.severity,
    state: 'open',
    owner: '',
    onsetMs: Math.min(signal.sinceMs, finding.windowEndMs),
    openedAtMs: finding.windowEndMs,
    resolvedAtMs: null,
    signals: [signal],
  };
  return {
    kind: 'opened',
    incident,
    entries: [entry('opened', finding.windowEndMs, signal.sentence, signal)],
  } as const;
}

function meet(incident: Incident, signal: Signal, change: SignalChange, rules: IncidentRules) {
  const signals = replace(incident.signals, signal, rules.maximumSignals);
  const severity = signal.firing ? worst(incident.severity, signal.severity) : incident.severity;
  const escalated = severity !== incident.severity;
  const next: Incident = escalated
    ? {
        ...incident,
        signals,
        severity,
        title: titleOf(incident.system, signals),
        onsetMs: onsetOf(signals, severity),
      }
    : { ...incident, signals };
  const atMs = signal.lastWindowEndMs;
  const entries = entriesOf(signal, change, atMs);
  if (escalated) entries.push(entry('severity_changed', atMs, `Now ${severity}: ${signal.sentence}`, signal));
  const calm = calmness(next, rules);
  if (calm.kind !== 'calm' || next.state === 'verifying')
    return { kind: 'updated', incident: next, entries } as const;
  return resolved(
    next,
    calm.nowMs,
    `Calm for ${formatDuration(rules.calmMs[next.severity])}, every signal that mattered has recovered.`,
    entries,
  );
}

/** Closes the incident; what still fires beside it is said in the sentence. */
export function resolved(
  incident: Incident,
  nowMs: number,
  why: string,
  before: readonly NewTimelineEntry[] = [],
  by = 'leeway',
) {
  const sentence = `Resolved: ${why}${stillFiringSentence(incident.signals)}`;
  return {
    kind: 'resolved',
    incident: { ...incident, state: 'resolved', resolvedAtMs: nowMs } satisfies Incident,
    entries: [...before, { atMs: nowMs, kind: 'resolved', by, sentence } satisfies NewTimelineEntry],
  } as const;
}

function entriesOf(signal: Signal, change: SignalChange, atMs: number): NewTimelineEntry[] {
  if (change === 'fired') return [entry('signal_firing', atMs, firedSentence(signal), signal)];
  if (change === 'recovered') return [entry('signal_recovered', atMs, recoveredSentence(signal), signal)];
  return [];
}

const entry = (
  kind: TimelineEntry['kind'],
  atMs: number,
  sentence: string,
  signal: Signal,
): NewTimelineEntry => ({ atMs, kind, by: 'leeway', sentence, details: { signal: signal.key } });

function replace(signals: readonly Signal[], signal: Signal, maximum: number): Signal[] {
  const rest = signals.filter((other) => other.key !== signal.key);
  if (rest.length >= maximum) {
    const calm = rest
      .filter((other) => !other.firing)
      .sort((a, b) => a.lastWindowEndMs - b.lastWindowEndMs)[0];
    if (calm) rest.splice(rest.indexOf(calm), 1);
  }
  return [...rest, signal];
}

/** The earliest onset among the signals of that severity: seasonal drift before a page is not the page's onset. */
function onsetOf(signals: readonly Signal[], severity: Incident['severity']): number {
  return Math.min(...signals.filter((s) => s.firing && s.severity === severity).map((s) => s.sinceMs));
}

/**
 * Signals on which the end of the incident hangs: those of its own severity, and every consequence (SLO).
 * Drift beside a page explains it and may last for a season; it does not keep a page open.
 */
export const drivingSignals = (incident: Incident): readonly Signal[] =>
  incident.signals.filter((signal) => signal.severity === incident.severity || signal.kind === 'slo');

export type Calmness =
  | { readonly kind: 'calm'; readonly nowMs: number }
  | { readonly kind: 'not_calm'; readonly reason: 'firing' | 'cannot_tell' | 'too_soon' };

/** Event time as far as this incident has seen it. */
export const eventNowMs = (incident: Pick<Incident, 'signals' | 'openedAtMs'>): number =>
  incident.signals.reduce((latest, signal) => Math.max(latest, signal.lastWindowEndMs), incident.openedAtMs);

export function calmness(incident: Incident, rules: IncidentRules = INCIDENT_RULES): Calmness {
  const driving = drivingSignals(incident);
  if (driving.some((signal) => signal.firing)) return { kind: 'not_calm', reason: 'firing' };
  if (driving.some(cannotTell)) return { kind: 'not_calm', reason: 'cannot_tell' };
  const nowMs = eventNowMs(incident);
  const quietSinceMs = Math.max(
    incident.openedAtMs,
    ...driving.map((signal) => signal.quietSinceMs ?? nowMs),
  );
  if (nowMs - quietSinceMs < rules.calmMs[incident.severity]) return { kind: 'not_calm', reason: 'too_soon' };
  return { kind: 'calm', nowMs };
}

/** Marks of the signals that still fire when their incident is closed: told already. */
export function toldMarks(incident: Incident): Record<string, SignalMark> {
  return Object.fromEntries(
    incident.signals
      .filter((signal) => signal.firing)
      .map((signal) => [
        signal.key,
        { lastWindowEndMs: signal.lastWindowEndMs, toldSeverity: signal.severity, okWindows: 0 },
      ]),
  );
}
