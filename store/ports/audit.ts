import type { ProjectId } from '../../model/ids.ts';
import type { PostgresTx } from './postgres.ts';

export type AuditEntry = {
  readonly project: ProjectId;
  readonly by: string;
  /** `gate.changed`, `document.applied`, `review.ruled` … */
  readonly what: string;
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
};
export type RecordedAuditEntry = AuditEntry & {
  readonly seq: number;
  readonly atMs: number;
  readonly hashHex: string;
};

/** Append-only; each entry's hash covers the one before it. Written in the same transaction as its effect. */
export interface AuditLog {
  append(entry: AuditEntry, nowMs: number, tx: PostgresTx): Promise<void>;
  list(project: ProjectId, limit: number, beforeSeq?: number): Promise<RecordedAuditEntry[]>;
  /** Recomputes the chain. */
  verify(): Promise<
    | { readonly intact: true; readonly entries: number }
    | { readonly intact: false; readonly firstBadSeq: number }
  >;
}
