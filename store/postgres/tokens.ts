import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { type ProjectId, projectId } from '../../model/ids.ts';
import type { AuditLog } from '../ports/audit.ts';
import type { PostgresDb, PostgresTx } from '../ports/postgres.ts';
import { type IngestQuota, SCOPES, type Scope, type TokenRecord, type TokenStore } from '../ports/tokens.ts';

/** 256 random bits: beyond guessing, so a plain hash is enough and a slow one would only slow every request. */
const SECRET_BYTES = 32;
/** base64url of 32 bytes: 43 characters. The prefix lets secret scanners know one when they see it. */
const TOKEN = /^lw_[A-Za-z0-9_-]{43}$/;

type QuotaColumns = { readonly records_per_second: number | null; readonly burst_records: number | null };
type Row = QuotaColumns & {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly hash: Buffer;
  readonly scopes: readonly string[];
};
type ListRow = Omit<Row, 'hash'> & { readonly created_at: Date; readonly revoked_at: Date | null };

const COLUMNS = 'id, project, name, scopes, records_per_second, burst_records';
const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
const isScope = (text: string): text is Scope => SCOPES.some((scope) => scope === text);

const quotaOf = ({ records_per_second, burst_records }: QuotaColumns): { quota?: IngestQuota } =>
  records_per_second === null || burst_records === null
    ? {}
    : { quota: { recordsPerSecond: records_per_second, burstRecords: burst_records } };

const principalOf = (row: Omit<Row, 'hash'>) => ({
  tokenId: row.id,
  project: projectId.parse(row.project),
  name: row.name,
  scopes: row.scopes.filter(isScope),
  ...quotaOf(row),
});

export function createTokenStore(db: PostgresDb, audit: Pick<AuditLog, 'append'>): TokenStore {
  /** What nobody asked for, as at the first start, leaves no trace of anybody. */
  const note = async (
    tx: PostgresTx,
    what: 'token.created' | 'token.revoked',
    of: { readonly project: ProjectId; readonly id: string; readonly name: string },
    by: string | undefined,
    nowMs: number,
    more: Readonly<Record<string, unknown>>,
  ): Promise<void> => {
    if (by === undefined) return;
    const did = what === 'token.created' ? 'made' : 'revoked';
    const details = { sentence: `${by} ${did} the token ${of.name}.`, ...more };
    await audit.append({ project: of.project, by, what, subject: of.id, details }, nowMs, tx);
  };
  return {
    create: async (project, name, scopes, nowMs, { quota, by } = {}) => {
      const id = randomUUID();
      const token = `lw_${randomBytes(SECRET_BYTES).toString('base64url')}`;
      await db.transaction(async (tx) => {
        await tx.query(
          `INSERT INTO access_token (id, project, name, hash, scopes, created_at, records_per_second, burst_records)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
          [
            ...[id, project, name, hashOf(token), [...scopes], new Date(nowMs)],
            ...[quota?.recordsPerSecond ?? null, quota?.burstRecords ?? null],
          ],
        );
        const more = { scopes: [...scopes], quota: quota ?? null };
        await note(tx, 'token.created', { project, id, name }, by, nowMs, more);
      });
      return { id, token };
    },

    verify: async (token) => {
      if (!TOKEN.test(token)) return undefined;
      const hash = hashOf(token);
      const [row] = await db.query<Row>(
        `SELECT ${COLUMNS}, hash FROM access_token WHERE hash = $1 AND revoked_at IS NULL`,
        [hash],
      );
      // The index compares bytes until they differ; this does not tell by its time how far it came.
      if (row === undefined || !timingSafeEqual(row.hash, hash)) return undefined;
      return principalOf(row);
    },

    list: async (project) => {
      const rows = await db.query<ListRow>(
        `SELECT ${COLUMNS}, created_at, revoked_at FROM access_token WHERE project = $1 ORDER BY created_at DESC, id`,
        [project],
      );
      return rows.map(
        (row): TokenRecord => ({
          ...principalOf(row),
          createdAtMs: row.created_at.getTime(),
          revokedAtMs: row.revoked_at?.getTime() ?? null,
        }),
      );
    },

    revoke: (project, id, nowMs, by) =>
      db.transaction(async (tx) => {
        const [row] = await tx.query<{ name: string; revoked_at: Date | null }>(
          'SELECT name, revoked_at FROM access_token WHERE project = $1 AND id = $2 FOR UPDATE',
          [project, id],
        );
        if (row === undefined) return 'unknown';
        if (row.revoked_at !== null) return 'done';
        await tx.query('UPDATE access_token SET revoked_at = $2 WHERE id = $1', [id, new Date(nowMs)]);
        await note(tx, 'token.revoked', { project, id, name: row.name }, by, nowMs, {});
        return 'done';
      }),
  };
}
