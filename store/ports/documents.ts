import type { Document, DocumentInput, DocumentKind, DocumentOf } from '../../model/documents/document.ts';
import type { DocumentName, ProjectId } from '../../model/ids.ts';

export type Stored<D extends Document = Document> = {
  /** Parsed: durations in milliseconds, defaults filled in. */
  readonly document: D;
  /** As its author wrote it. */
  readonly source: DocumentInput;
  readonly version: number;
  readonly createdAtMs: number;
  readonly createdBy: string;
};

export type DocumentChange = {
  readonly kind: DocumentKind;
  readonly name: DocumentName;
  readonly change: 'created' | 'changed' | 'unchanged';
  readonly version: number;
};

/** Configuration as code: every version is kept; an unchanged document makes no new version. */
export interface DocumentStore {
  list<K extends DocumentKind>(project: ProjectId, kind: K): Promise<Stored<DocumentOf<K>>[]>;
  get<K extends DocumentKind>(
    project: ProjectId,
    kind: K,
    name: string,
  ): Promise<Stored<DocumentOf<K>> | undefined>;
  /** One transaction: all or none. With `dryRun` nothing is written and the changes are still told. */
  apply(
    project: ProjectId,
    sources: readonly DocumentInput[],
    by: string,
    nowMs: number,
    options?: { readonly dryRun?: boolean },
  ): Promise<DocumentChange[]>;
}
