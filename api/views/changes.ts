import { DOCUMENT_KINDS } from '../../model/documents/document.ts';
import type { ProjectId } from '../../model/ids.ts';
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
  const edited = documents.flat().map(
    (stored): Change => ({
      at: iso(stored.createdAtMs),
      system: 'system' in stored.document.spec ? stored.document.spec.system : '',
      kind: 'document',
      by: stored.createdBy,
      sentence: `${stored.document.kind} ${stored.document.metadata.name} is at version ${stored.version}.`,
      href: '/settings/documents',
    }),
  );
  return [...marks.flat(), ...edited].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, MOST);
}
