import { DOCUMENT_KINDS } from '../../model/documents/document.ts';
import type { ProjectId } from '../../model/ids.ts';
import type { Stored } from '../../store/ports/documents.ts';
import type { TimeRange } from '../../store/ports/reads.ts';
import type { Change } from '../contract/overview.ts';
import type { ReadDeps } from '../deps.ts';
import { iso } from '../query/series.ts';
import { marksOf } from './marks.ts';
import type { KnownSystem } from './picture.ts';

const MOST = 30;

/** Who changed what, newest first: gates, incidents, documents. */
export async function changesOf(
  deps: ReadDeps,
  project: ProjectId,
  systems: readonly KnownSystem[],
  range: TimeRange,
): Promise<Change[]> {
  const [marks, documents] = await Promise.all([
    Promise.all(
      systems.map(async ({ system }) =>
        (await marksOf(deps, project, system, range)).map(
          (mark): Change => ({
            at: iso(mark.t),
            system,
            kind: mark.kind,
            by: mark.by,
            sentence: mark.sentence,
            href: mark.href,
          }),
        ),
      ),
    ),
    Promise.all(DOCUMENT_KINDS.map((kind) => deps.documents.list(project, kind))),
  ]);
  const edited = appliedTogether(documents.flat());
  return [...marks.flat(), ...edited].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, MOST);
}

/** What was applied in one go is one change. */
function appliedTogether(stored: readonly Stored[]): Change[] {
  const groups = Map.groupBy(stored, ({ createdAtMs, createdBy }) => `${createdAtMs} ${createdBy}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const systems = new Set(group.map(({ document: { spec } }) => ('system' in spec ? spec.system : '')));
    const names = group.map(
      ({ document, version }) => `${document.kind} ${document.metadata.name} (version ${version})`,
    );
    return {
      at: iso(first.createdAtMs),
      system: [...systems].filter((name) => name !== '').join(', '),
      kind: 'document',
      by: first.createdBy,
      sentence:
        group.length === 1
          ? `${names[0]} was applied.`
          : `${group.length} documents were applied: ${names.join(', ')}.`,
      href: '/settings/documents',
    };
  });
}
