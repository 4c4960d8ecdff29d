import type { ProjectId } from '../model/ids.ts';
import type { DocumentStore } from '../store/ports/documents.ts';

/** A contract that was applied in this process holds for the next record that comes in here; elsewhere, a second later. */
export const tellingContracts = (
  documents: DocumentStore,
  changed: (project: ProjectId) => void,
): DocumentStore => ({
  ...documents,
  apply: async (project, ...rest) => {
    const changes = await documents.apply(project, ...rest);
    if (changes.some(({ kind, change }) => kind === 'Contract' && change !== 'unchanged')) changed(project);
    return changes;
  },
});
