import { projectId } from '../../model/ids.ts';
import type { AuditLog } from '../ports/audit.ts';
import type { PostgresDb } from '../ports/postgres.ts';
import { type Checked, firstBad, GENESIS, linkHash } from './audit-chain.ts';
import { takeJournalTurn } from './journal-lock.ts';

const VERIFY_BATCH = 1_000;

type Row = {
  readonly seq: string;
  readonly at: Date;
  readonly project: string;
  readonly by: string;
  readonly what: string;
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly previous_hash: Buffer;
  readonly hash: Buffer;
};

const COLUMNS = 'seq, at, project, by, what, subject, details, previous_hash, hash';

const checked = (row: Row): Checked => ({
  seq: Number(row.seq),
  atMs: row.at.getTime(),
  project: row.project,
  by: row.by,
  what: row.what,
  subject: row.subject,
  details: row.details,
  previousHash: row.previous_hash,
  hash: row.hash,
});

export function createAuditLog(db: PostgresDb): AuditLog {
  return {
    append: async ({ project, by, what, subject, details }, nowMs, tx) => {
      await takeJournalTurn(tx);
      const [last] = await tx.query<Pick<Row, 'seq' | 'hash'>>(
        'SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1',
      );
      const link = {
        ...{ seq: Number(last?.seq ?? 0) + 1, atMs: nowMs },
        ...{ project, by, what, subject, details },
        previousHash: last?.hash ?? GENESIS,
      };
      await tx.query(`INSERT INTO audit_entry (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, [
        link.seq,
        new Date(nowMs),
        project,
        by,
        what,
        subject,
        JSON.stringify(details),
        link.previousHash,
        linkHash(link),
      ]);
    },

    list: async (project, limit, beforeSeq) => {
      const rows = await db.query<Row>(
        `SELECT ${COLUMNS} FROM audit_entry
         WHERE project = $1 AND ($2::bigint IS NULL OR seq < $2) ORDER BY seq DESC LIMIT $3`,
        [project, beforeSeq ?? null, limit],
      );
      return rows.map((row) => {
        const { previousHash: _, hash, ...entry } = checked(row);
        return { ...entry, project: projectId.parse(row.project), hashHex: hash.toString('hex') };
      });
    },

    verify: async () => {
      let before = { seq: 0, hash: GENESIS };
      for (;;) {
        const rows = await db.query<Row>(
          `SELECT ${COLUMNS} FROM audit_entry WHERE seq > $1 ORDER BY seq LIMIT $2`,
          [before.seq, VERIFY_BATCH],
        );
        const entries = rows.map(checked);
        const firstBadSeq = firstBad(entries, before);
        if (firstBadSeq !== undefined) return { intact: false, firstBadSeq };
        before = entries.at(-1) ?? before;
        if (rows.length < VERIFY_BATCH) return { intact: true, entries: before.seq };
      }
    },
  };
}
