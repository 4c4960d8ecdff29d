import { type QueueSpec, queueSpec } from '../../model/documents/queue.ts';
import type { ProjectId } from '../../model/ids.ts';
import type { DocumentStore } from '../../store/ports/documents.ts';

const UNDESCRIBED: QueueSpec = queueSpec.parse({});

/** A queue without a document has the defaults: that somebody forgot to write one down must not lose a decision. */
export async function queueOf(
  documents: Pick<DocumentStore, 'get'>,
  project: ProjectId,
  queue: string,
): Promise<QueueSpec> {
  const stored = await documents.get(project, 'Queue', queue);
  return stored?.document.spec ?? UNDESCRIBED;
}
