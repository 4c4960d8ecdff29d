import { createHash } from 'node:crypto';
import type { Finding, FindingKind } from '../model/finding.ts';
import type { DocumentName } from '../model/ids.ts';
import type { TickContext } from './deps.ts';
import type { FindingDraft } from './finding-draft.ts';

export type Asker = { readonly kind: FindingKind; readonly monitor: DocumentName; readonly version: number };

const ID_HEX = 32;

/** Who asked, about what, in which window: the same evaluation repeated has the same id. */
export function completeFinding(
  context: Pick<TickContext, 'project' | 'system'>,
  asker: Asker,
  draft: FindingDraft,
  evaluatedAtMs: number,
): Finding {
  const { project, system } = context;
  const identity = [
    project,
    system,
    asker.monitor,
    asker.version,
    draft.subject,
    draft.modelVersion,
    draft.segment,
    draft.statistic,
    draft.windowEndMs,
  ];
  const id = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, ID_HEX);
  return { id, project, system, monitor: asker.monitor, kind: asker.kind, ...draft, evaluatedAtMs };
}
