import type { Action } from '../../model/action.ts';
import { isFiring } from '../../model/finding.ts';
import type { Incident } from '../../model/incident.ts';
import { formatDuration, HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import type { Attention } from '../contract/overview.ts';
import type { FeatureRow } from '../contract/systems.ts';
import { iso } from '../query/series.ts';
import type { Picture } from './picture.ts';
import { forecastSentence, sloVerdict } from './slo.ts';
import type { SloWithSince } from './system-rows.ts';

const MOST = 50;
/** Behind the other systems by more than this, a silent system is worth a word. */
const SILENT_MS = HOUR_MS;
/** The analyzers are this far behind the newest data. */
const BEHIND_MS = 15 * MINUTE_MS;

const RANK: Record<Attention['kind'], number> = {
  incident: 0,
  proposal: 1,
  slo: 2,
  quality: 3,
  drift: 4,
  stale: 5,
};
const SEVERITY = { page: 0, ticket: 1, log: 2 } as const;

export type AttentionInput = {
  readonly picture: Picture;
  readonly incidents: readonly Incident[];
  readonly proposals: readonly Action[];
  readonly slos: readonly SloWithSince[];
  readonly features: ReadonlyMap<string, readonly FeatureRow[]>;
};

const systemHref = (system: string): string => `/systems/${encodeURIComponent(system)}`;

/** What a person should look at, in one ranked list across kinds. What an open incident tells is not told again. */
export function attentionOf(input: AttentionInput): Attention[] {
  const told = new Set(
    input.incidents.flatMap(({ system, signals }) =>
      signals.filter((s) => s.firing).map((s) => `${system}\n${s.subject}`),
    ),
  );
  const all = [
    ...input.incidents.map(fromIncident),
    ...input.proposals.map(fromProposal),
    ...fromSlos(input.slos).filter((one) => !told.has(one.subject)),
    ...[...input.features].flatMap(([system, rows]) =>
      rows
        .filter((row) => isFiring(row.verdict) && !told.has(`${system}\n${row.feature}`))
        .map((row) => fromFeature(system, row)),
    ),
    ...fromSilence(input.picture),
  ];
  return all
    .map((one): Attention => {
      const { kind, severity, sentence, since, system, href } = one;
      return { kind, severity, sentence, since, system, href };
    })
    .sort((a, b) => RANK[a.kind] - RANK[b.kind] || SEVERITY[a.severity] - SEVERITY[b.severity])
    .slice(0, MOST);
}

const fromIncident = (incident: Incident): Attention => ({
  kind: 'incident',
  severity: incident.severity,
  sentence: incident.title,
  since: iso(incident.onsetMs),
  system: incident.system,
  href: `/incidents/${incident.id}`,
});

const fromProposal = (action: Action): Attention => ({
  kind: 'proposal',
  severity: 'ticket',
  sentence: action.sentence,
  since: iso(action.createdAtMs),
  system: action.system,
  href: `/incidents/${action.incident}`,
});

function fromSlos(slos: readonly SloWithSince[]): (Attention & { readonly subject: string })[] {
  return slos.flatMap(({ state, sinceMs }) => {
    const { verdict, severity } = sloVerdict(state);
    if (!isFiring(verdict)) return [];
    const { name } = state.slo.metadata;
    const what = verdict === 'burning' ? 'burns its error budget' : 'has spent its error budget';
    return [
      {
        kind: 'slo' as const,
        severity: severity ?? 'ticket',
        sentence: `${name} ${what}. ${forecastSentence(state)}`,
        since: sinceMs === null ? null : iso(sinceMs),
        system: state.slo.spec.system,
        href: `/slos/${encodeURIComponent(name)}`,
        subject: `${state.slo.spec.system}\n${name}`,
      },
    ];
  });
}

const fromFeature = (system: string, row: FeatureRow): Attention => ({
  kind: row.verdict === 'drift' ? 'drift' : 'quality',
  severity: row.verdict === 'drift' ? 'log' : 'ticket',
  sentence: row.sentence,
  since: row.since,
  system,
  href: `${systemHref(system)}?feature=${encodeURIComponent(row.feature)}`,
});

/** Silence is judged against the newest event of all: during a replay the wall clock says nothing. */
function fromSilence({ systems }: Picture): Attention[] {
  const newest = Math.max(...systems.map((one) => one.newestMs ?? Number.NEGATIVE_INFINITY));
  return systems.flatMap((one): Attention[] => {
    if (one.newestMs === null) return [];
    const silentMs = newest - one.newestMs;
    const behindMs = one.watermarkMs === null ? 0 : one.newestMs - one.watermarkMs;
    const allowedMs = (one.spec?.allowedLateness ?? 0) + BEHIND_MS;
    if (silentMs <= SILENT_MS && behindMs <= allowedMs) return [];
    const sentence =
      silentMs > SILENT_MS
        ? `${one.system} has sent nothing for ${formatDuration(silentMs)}.`
        : `Analysis of ${one.system} is ${formatDuration(behindMs)} behind its newest decision.`;
    return [
      {
        kind: 'stale',
        severity: 'log',
        sentence,
        since: iso(one.newestMs),
        system: one.system,
        href: systemHref(one.system),
      },
    ];
  });
}
