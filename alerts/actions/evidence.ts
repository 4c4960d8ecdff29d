import type { ModelVersion } from '../../model/gate.ts';
import type { Incident, Signal } from '../../model/incident.ts';
import type { SloMinute } from '../../store/ports/slo-minutes.ts';
import { burnRate, type Counts } from '../decide/burn.ts';
import { ACTION_RULES } from '../decide/rules.ts';
import type { VersionEvidence } from '../decide/suspect.ts';
import type { TargetEvidence } from '../decide/verify.ts';
import type { AlertsDeps } from '../deps.ts';

type Deps = Pick<AlertsDeps, 'documents' | 'sloMinutes'>;

function sum(
  minutes: readonly SloMinute[],
  isCounted: (version: string) => boolean,
  fromMs: number,
  toMs: number,
): Counts {
  const counted = minutes.filter(
    ({ minuteMs, modelVersion }) => minuteMs >= fromMs && minuteMs < toMs && isCounted(modelVersion),
  );
  return {
    good: counted.reduce((total, minute) => total + minute.good, 0),
    total: counted.reduce((total, minute) => total + minute.total, 0),
  };
}

/** What the SLO's own minutes say about the version that serves. */
export async function versionEvidence(
  deps: Deps,
  incident: Incident,
  signal: Signal,
  serving: ModelVersion | undefined,
  nowMs: number,
): Promise<VersionEvidence> {
  const liveSinceMs = serving?.liveSinceMs ?? null;
  if (signal.kind !== 'slo' || !serving || liveSinceMs === null) return null;
  // Too old to be a suspect: the guards say so without counting.
  if (signal.sinceMs - liveSinceMs > ACTION_RULES.suspectLookBackMs) return null;
  const slo = await deps.documents.get(incident.project, 'SLO', signal.monitor);
  if (!slo) return null;
  const { sinceMs } = signal;
  const series = await deps.sloMinutes.series(
    incident.project,
    signal.monitor,
    Math.min(liveSinceMs, sinceMs),
    nowMs,
  );
  const isServing = (version: string): boolean => version === serving.version;
  return {
    objective: slo.document.spec.target,
    since: sum(series, isServing, Math.max(liveSinceMs, sinceMs), nowMs),
    before: sum(series, isServing, liveSinceMs, sinceMs),
    others: sum(series, (version) => !isServing(version), sinceMs, liveSinceMs),
  };
}

/** The version that was rolled back to, by the worst of the incident's SLOs; null when no SLO is in it. */
export async function targetEvidence(
  deps: Deps,
  incident: Incident,
  version: string,
  window: { readonly startMs: number; readonly endMs: number },
): Promise<TargetEvidence> {
  const slos = new Set(
    incident.signals
      .filter((signal) => signal.kind === 'slo' && signal.severity === incident.severity)
      .map((signal) => signal.monitor),
  );
  let worst: TargetEvidence = null;
  for (const name of slos) {
    const slo = await deps.documents.get(incident.project, 'SLO', name);
    if (!slo) continue;
    const series = await deps.sloMinutes.series(incident.project, name, window.startMs, window.endMs);
    const counts = sum(series, (other) => other === version, window.startMs, window.endMs);
    const { total: others } = sum(series, (other) => other !== version, window.startMs, window.endMs);
    const found = { counts, others, objective: slo.document.spec.target };
    if (!worst || rank(found) > rank(worst)) worst = found;
  }
  return worst;
}

/** Without events it ranks lowest: it is no evidence either way. */
const rank = ({ counts, objective }: NonNullable<TargetEvidence>): number =>
  counts.total === 0 ? -1 : burnRate(counts, objective);
