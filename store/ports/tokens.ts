import type { ProjectId } from '../../model/ids.ts';

/** ingest: send telemetry · read: look · review: rule · operate: act on incidents and gates · admin: configure. */
export const SCOPES = ['ingest', 'read', 'review', 'operate', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What one sender may send. */
export type IngestQuota = {
  /** In the long run. */
  readonly recordsPerSecond: number;
  /** At once, after a pause. */
  readonly burstRecords: number;
};

export type Principal = {
  readonly tokenId: string;
  readonly project: ProjectId;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Left out: what the configuration gives everybody. */
  readonly quota?: IngestQuota;
};

export type TokenRecord = Principal & {
  readonly createdAtMs: number;
  readonly revokedAtMs: number | null;
};

export type TokenOptions = {
  readonly quota?: IngestQuota;
  /** Who makes or revokes it, for the audit trail; left out: nobody asked, as at the first start. */
  readonly by?: string;
};

export interface TokenStore {
  /** Returns the token's text: it is told once and stored as a hash. */
  create(
    project: ProjectId,
    name: string,
    scopes: readonly Scope[],
    nowMs: number,
    options?: TokenOptions,
  ): Promise<{ readonly id: string; readonly token: string }>;
  /** undefined for an unknown or revoked token. */
  verify(token: string): Promise<Principal | undefined>;
  /** Newest first, revoked ones among them. */
  list(project: ProjectId): Promise<TokenRecord[]>;
  /** `unknown` when the project has no such token, `done` also when it was revoked before. */
  revoke(project: ProjectId, id: string, nowMs: number, by?: string): Promise<'done' | 'unknown'>;
}
