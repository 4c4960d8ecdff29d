import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { projectId } from '../../model/ids.ts';
import type { PostgresDb } from '../ports/postgres.ts';
import { SCOPES, type Scope, type TokenStore } from '../ports/tokens.ts';

/** 256 random bits: beyond guessing, so a plain hash is enough and a slow one would only slow every request. */
const SECRET_BYTES = 32;
/** base64url of 32 bytes: 43 characters. The prefix lets secret scanners know one when they see it. */
const TOKEN = /^lw_[A-Za-z0-9_-]{43}$/;

type Row = {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly hash: Buffer;
  readonly scopes: readonly string[];
};

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
const isScope = (text: string): text is Scope => SCOPES.some((scope) => scope === text);

export function createTokenStore(db: PostgresDb): TokenStore {
  return {
    create: async (project, name, scopes, nowMs) => {
      const id = randomUUID();
      const token = `lw_${randomBytes(SECRET_BYTES).toString('base64url')}`;
      await db.query(
        'INSERT INTO access_token (id, project, name, hash, scopes, created_at) VALUES ($1, $2, $3, $4, $5, $6)',
        [id, project, name, hashOf(token), [...scopes], new Date(nowMs)],
      );
      return { id, token };
    },

    verify: async (token) => {
      if (!TOKEN.test(token)) return undefined;
      const hash = hashOf(token);
      const [row] = await db.query<Row>(
        'SELECT id, project, name, hash, scopes FROM access_token WHERE hash = $1 AND revoked_at IS NULL',
        [hash],
      );
      // The index compares bytes until they differ; this does not tell by its time how far it came.
      if (row === undefined || !timingSafeEqual(row.hash, hash)) return undefined;
      const { id, name } = row;
      return { tokenId: id, project: projectId.parse(row.project), name, scopes: row.scopes.filter(isScope) };
    },

    revoke: async (id, nowMs) => {
      await db.query('UPDATE access_token SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1', [
        id,
        new Date(nowMs),
      ]);
    },
  };
}
