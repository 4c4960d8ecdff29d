import type { Gate } from '../../model/gate.ts';
import type { ProjectId } from '../../model/ids.ts';
import type { Incident } from '../../model/incident.ts';
import type { TimeRange } from '../../store/ports/reads.ts';
import type { ReadDeps } from '../deps.ts';

export type Mark = {
  readonly t: number;
  readonly kind: 'deploy' | 'rollback' | 'route' | 'incident';
  readonly label: string;
  readonly href: string;
  readonly by: string;
  readonly sentence: string;
};
const PER_KIND = 50;

/** As charts show it. */
export const chartMark = ({ t, kind, label, href }: Mark) => ({ t, kind, label, href });

/** What stands on every time chart of a system: gate changes (deployments, rollbacks, routes) and incidents. */
export async function marksOf(
  deps: Pick<ReadDeps, 'gateStore' | 'incidentStore'>,
  project: ProjectId,
  system: string,
  range: TimeRange,
): Promise<Mark[]> {
  const [gates, incidents] = await Promise.all([
    deps.gateStore.history(project, system, PER_KIND),
    deps.incidentStore.list({ project, system, ...range, limit: PER_KIND }),
  ]);
  const changes = gates.map((gate) => gateMark(gate, gates));
  return [...changes, ...incidents.map(incidentMark)]
    .filter((mark) => mark.t >= range.fromMs && mark.t < range.toMs)
    .sort((a, b) => a.t - b.t);
}

type GateThen = Gate & { readonly atMs: number };

function gateMark(gate: GateThen, history: readonly GateThen[]): Mark {
  const before = history.find((other) => other.revision === gate.revision - 1);
  const moved = before === undefined || before.servingVersion !== gate.servingVersion;
  const kind = !moved ? 'route' : gate.incident === null ? 'deploy' : 'rollback';
  const label = {
    route: `route: ${gate.route}`,
    deploy: `${gate.servingVersion} goes live`,
    rollback: `back to ${gate.servingVersion}`,
  }[kind];
  const href =
    gate.incident === null ? `/systems/${encodeURIComponent(gate.system)}` : `/incidents/${gate.incident}`;
  const because = gate.reason === '' ? '' : ` (${gate.reason})`;
  return {
    t: gate.atMs,
    kind,
    label,
    href,
    by: gate.changedBy,
    sentence: `${gate.system}: ${label}${because}`,
  };
}

const incidentMark = (incident: Incident): Mark => ({
  t: incident.onsetMs,
  kind: 'incident',
  label: incident.title,
  href: `/incidents/${incident.id}`,
  by: 'leeway',
  sentence: incident.title,
});
