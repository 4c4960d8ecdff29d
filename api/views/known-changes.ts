import type { KnownChange } from '../../model/explanation.ts';
import type { Finding } from '../../model/finding.ts';
import type { ProjectId } from '../../model/ids.ts';
import { HOUR_MS } from '../../model/time.ts';
import type { TimeRange } from '../../store/ports/reads.ts';
import type { ReadDeps } from '../deps.ts';
import { marksOf } from './marks.ts';

/** Firing findings of an upstream system that are read, newest first. */
const MOST_FINDINGS = 500;

/** What Leeway knows to have been changed for a system, and for the systems that its decisions come from. */
export async function knownChanges(
  deps: ReadDeps,
  { project, system }: { readonly project: ProjectId; readonly system: string },
  range: TimeRange,
  upstream: readonly string[],
): Promise<KnownChange[]> {
  const own = await Promise.all([
    made(deps, project, system, range),
    acceptedReferences(deps, project, system, range),
  ]);
  const before = await Promise.all(
    upstream.map(async (name) => {
      const all = await Promise.all([made(deps, project, name, range), begun(deps, project, name, range)]);
      return all.flat().map((change) => ({ ...change, label: `upstream ${name}: ${change.label}` }));
    }),
  );
  return [...own.flat(), ...before.flat()];
}

/** Deployments and gates, and the newest versions of documents. */
async function made(
  deps: ReadDeps,
  project: ProjectId,
  system: string,
  range: TimeRange,
): Promise<KnownChange[]> {
  const [marks, ...documents] = await Promise.all([
    marksOf(deps, project, system, range),
    deps.documents.list(project, 'System'),
    deps.documents.list(project, 'Contract'),
  ]);
  const edited = documents.flat().flatMap(({ document, createdAtMs, version }) => {
    const of = document.kind === 'Contract' ? document.spec.system : document.metadata.name;
    const label = `${document.kind} ${document.metadata.name} version ${version}`;
    return of === system && within(createdAtMs, range)
      ? [{ atMs: createdAtMs, kind: document.kind.toLowerCase(), label }]
      : [];
  });
  const changes = marks.filter((mark) => mark.kind !== 'incident');
  return [...changes.map(({ t, kind, label }) => ({ atMs: t, kind, label })), ...edited];
}

async function acceptedReferences(
  deps: ReadDeps,
  project: ProjectId,
  system: string,
  range: TimeRange,
): Promise<KnownChange[]> {
  const active = await deps.references.book.active(project, system);
  return active
    .filter(({ acceptedAtMs }) => within(acceptedAtMs, range))
    .map(({ acceptedAtMs, name, version }) => ({
      ...{ atMs: acceptedAtMs, kind: 'reference' },
      label: `reference ${name} version ${version} accepted`,
    }));
}

/** What began to drift or break: what began in one hour, by one kind of look, is one change. */
async function begun(
  deps: ReadDeps,
  project: ProjectId,
  system: string,
  range: TimeRange,
): Promise<KnownChange[]> {
  const findings = await deps.findings.list({
    ...{ project, system, limit: MOST_FINDINGS },
    ...{ fromMs: range.fromMs, toMs: range.toMs, verdicts: ['drift', 'breach', 'burning'] },
  });
  const first = new Map<string, Finding>();
  for (const one of findings) {
    const key = `${one.kind} ${one.subject}`;
    const known = first.get(key);
    if (known === undefined || startOf(one) < startOf(known)) first.set(key, one);
  }
  const together = Map.groupBy(first.values(), (one) => `${one.kind} ${Math.floor(startOf(one) / HOUR_MS)}`);
  return [...together.values()].flatMap((group) => {
    const [one] = group.toSorted((a, b) => startOf(a) - startOf(b));
    if (one === undefined || !within(startOf(one), range)) return [];
    const more = group.length > 1 ? ` and ${group.length - 1} more` : '';
    return [
      { atMs: startOf(one), kind: one.kind, label: `${WORDS[one.kind]} of ${one.subject}${more} began` },
    ];
  });
}

const WORDS: Readonly<Record<Finding['kind'], string>> = {
  drift: 'drift',
  quality: 'bad quality',
  slo: 'a burn',
  performance: 'worse performance',
};
const startOf = ({ onsetMs, windowStartMs }: Finding): number => onsetMs ?? windowStartMs;
const within = (atMs: number, { fromMs, toMs }: TimeRange): boolean => atMs >= fromMs && atMs < toMs;
