import type { ProjectId } from '../../model/ids.ts';
import type { AuditLog } from '../ports/audit.ts';
import type { LiveBus } from '../ports/live.ts';
import type { PostgresDb } from '../ports/postgres.ts';
import type { ReferenceBook, ReferenceOrigin, ReferenceVersion } from '../ports/references.ts';

type Row = {
  project: ProjectId;
  system: string;
  name: string;
  version: number;
  id: string;
  state: ReferenceVersion['state'];
  origin: ReferenceOrigin;
  hash: string;
  features: number;
  values: string;
  accepted_by: string;
  accepted_at: Date;
  note: string;
};

const COLUMNS =
  'project, system, name, version, id, state, origin, hash, features, "values", accepted_by, accepted_at, note';

export function createReferenceBook(
  db: PostgresDb,
  deps: { readonly audit: AuditLog; readonly live: LiveBus },
): ReferenceBook {
  const rows = async (tail: string, values: readonly unknown[]): Promise<ReferenceVersion[]> =>
    (await db.query<Row>(`SELECT ${COLUMNS} FROM reference_version WHERE ${tail}`, values)).map(toReference);
  return {
    list: (project, system) =>
      rows('project = $1 AND ($2::text IS NULL OR system = $2) ORDER BY system, name, version DESC', [
        project,
        system ?? null,
      ]),
    active: async (project, system) => {
      const active = await rows(
        `project = $1 AND system = $2 AND state = 'active' ORDER BY name, version DESC`,
        [project, system],
      );
      return active.filter((one, i) => active[i - 1]?.name !== one.name);
    },
    get: async (project, system, name, version) =>
      (
        await rows('project = $1 AND system = $2 AND name = $3 AND version = $4', [
          project,
          system,
          name,
          version,
        ])
      )[0],
    accept: (reference) =>
      db.transaction(async (tx) => {
        const { project, system, name, origin, hash } = reference;
        // Two people who accept at once get two numbers.
        await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
          `leeway.reference/${project}/${system}/${name}`,
        ]);
        const [row] = await tx.query<Row>(
          `INSERT INTO reference_version (${COLUMNS})
           SELECT $1, $2, $3, 1 + coalesce(max(version), 0), $4, 'active', $5, $6, $7, $8, $9, $10, $11
           FROM reference_version WHERE project = $1 AND system = $2 AND name = $3
           RETURNING ${COLUMNS}`,
          [
            project,
            system,
            name,
            reference.id,
            JSON.stringify(origin),
            hash,
            reference.features,
            reference.values,
            reference.by,
            new Date(reference.acceptedAtMs),
            reference.note,
          ],
        );
        if (row === undefined) throw new Error('INSERT … RETURNING gave no row');
        const accepted = toReference(row);
        await deps.audit.append(
          {
            project,
            by: reference.by,
            what: 'reference.accepted',
            subject: `${system}/${name}`,
            details: { version: accepted.version, origin, hash, note: reference.note },
          },
          reference.acceptedAtMs,
          tx,
        );
        await deps.live.publish(
          project,
          'document',
          `reference/${system}/${name}`,
          reference.acceptedAtMs,
          tx,
        );
        return accepted;
      }),
    retire: (project, system, name, version, by, nowMs) =>
      db.transaction(async (tx) => {
        const [row] = await tx.query<Row>(
          `UPDATE reference_version SET state = 'retired'
           WHERE project = $1 AND system = $2 AND name = $3 AND version = $4 AND state = 'active' RETURNING ${COLUMNS}`,
          [project, system, name, version],
        );
        if (row === undefined) return undefined;
        const subject = `${system}/${name}`;
        await deps.audit.append(
          { project, by, what: 'reference.retired', subject, details: { version } },
          nowMs,
          tx,
        );
        await deps.live.publish(project, 'document', `reference/${system}/${name}`, nowMs, tx);
        return toReference(row);
      }),
  };
}

const toReference = (row: Row): ReferenceVersion => ({
  project: row.project,
  system: row.system,
  name: row.name,
  version: row.version,
  id: row.id,
  state: row.state,
  origin: row.origin,
  hash: row.hash,
  features: row.features,
  values: Number(row.values),
  by: row.accepted_by,
  acceptedAtMs: row.accepted_at.getTime(),
  note: row.note,
});
