import type { ProjectId } from '../../model/ids.ts';

/** ingest: send telemetry · read: look · review: rule · operate: act on incidents and gates · admin: configure. */
export const SCOPES = ['ingest', 'read', 'review', 'operate', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export type Principal = {
  readonly tokenId: string;
  readonly project: ProjectId;
  readonly name: string;
  readonly scopes: readonly Scope[];
};

export interface TokenStore {
  /** Returns the token's text: it is told once and stored as a hash. */
  create(
    project: ProjectId,
    name: string,
    scopes: readonly Scope[],
    nowMs: number,
  ): Promise<{ readonly id: string; readonly token: string }>;
  /** undefined for an unknown or revoked token. */
  verify(token: string): Promise<Principal | undefined>;
  revoke(id: string, nowMs: number): Promise<void>;
}
