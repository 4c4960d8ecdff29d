import type { IncidentId, ProjectId } from '../../model/ids.ts';
import type { Incident, TimelineEntry } from '../../model/incident.ts';
import type {
  IncidentFilter,
  IncidentStore,
  NewIncident,
  NewTimelineEntry,
  SignalMarks,
} from '../ports/incidents.ts';
import type { PostgresDb, PostgresTx } from '../ports/postgres.ts';

const ms = (column: string): string => `round(extract(epoch FROM ${column}) * 1000)::float8`;
const at = (index: number): string => `to_timestamp($${index}::float8 / 1000)`;

const INCIDENT = `id::int AS id, project, system, title, severity, state, owner, ${ms('onset')} AS "onsetMs",
  ${ms('opened_at')} AS "openedAtMs", ${ms('resolved_at')} AS "resolvedAtMs", judged, signals, revision::int AS revision`;
const ENTRY = `incident::int AS incident, seq, ${ms('at')} AS "atMs", ${ms('recorded_at')} AS "recordedAtMs",
  kind, by, sentence, details`;

// FOR NO KEY UPDATE: rows that refer to the incident (outbox, review items, actions) can still be written by others meanwhile.
const LOCK = 'FOR NO KEY UPDATE';

const GET = `SELECT ${INCIDENT} FROM incident WHERE project = $1 AND id = $2`;
const OPEN = `SELECT ${INCIDENT} FROM incident WHERE project = $1 AND system = $2 AND state <> 'resolved'`;
const LIST = `SELECT ${INCIDENT} FROM incident
WHERE project = $1
  AND ($2::text IS NULL OR system = $2)
  AND ($3::text[] IS NULL OR state = ANY ($3))
  AND ($4::float8 IS NULL OR resolved_at IS NULL OR resolved_at > ${at(4)})
  AND ($5::float8 IS NULL OR opened_at < ${at(5)})
ORDER BY opened_at DESC, id DESC LIMIT $6`;
const CREATE = `INSERT INTO incident (project, system, title, severity, state, owner, onset, opened_at, resolved_at, signals)
VALUES ($1, $2, $3, $4, $5, $6, ${at(7)}, ${at(8)}, ${at(9)}, $10::jsonb) RETURNING ${INCIDENT}`;
const UPDATE = `UPDATE incident SET title = $3, severity = $4, state = $5, owner = $6, onset = ${at(7)},
  resolved_at = ${at(8)}, signals = $9::jsonb, judged = $10, revision = revision + 1
WHERE id = $1 AND revision = $2 RETURNING ${INCIDENT}`;
const APPEND = `INSERT INTO incident_entry (incident, seq, at, recorded_at, kind, by, sentence, details)
SELECT $1, $2, ${at(3)}, ${at(4)}, $5, $6, $7, $8::jsonb RETURNING ${ENTRY}`;

async function append(
  incident: IncidentId,
  entries: readonly NewTimelineEntry[],
  recordedAtMs: number,
  tx: PostgresTx,
): Promise<TimelineEntry[]> {
  if (entries.length === 0) return [];
  await tx.query(`SELECT id FROM incident WHERE id = $1 ${LOCK}`, [incident]);
  const [last] = await tx.query<{ seq: number }>(
    'SELECT coalesce(max(seq), 0)::int AS seq FROM incident_entry WHERE incident = $1',
    [incident],
  );
  const written: TimelineEntry[] = [];
  for (const [index, entry] of entries.entries()) {
    const seq = (last?.seq ?? 0) + index + 1;
    const details = JSON.stringify(entry.details ?? {});
    const values = [incident, seq, entry.atMs, recordedAtMs, entry.kind, entry.by, entry.sentence, details];
    written.push(...(await tx.query<TimelineEntry>(APPEND, values)));
  }
  return written;
}

async function create(incident: NewIncident, tx: PostgresTx): Promise<Incident> {
  const { project, system, title, severity, state, owner, onsetMs, openedAtMs, resolvedAtMs } = incident;
  const signals = JSON.stringify(incident.signals);
  const [row] = await tx.query<Incident>(CREATE, [
    project,
    system,
    title,
    severity,
    state,
    owner,
    onsetMs,
    openedAtMs,
    resolvedAtMs,
    signals,
  ]);
  if (!row) throw new RangeError('an insert returned no row');
  return row;
}

async function update(incident: Incident, tx: PostgresTx) {
  const { id, revision, title, severity, state, owner, onsetMs, resolvedAtMs, judged } = incident;
  const signals = JSON.stringify(incident.signals);
  const values = [id, revision, title, severity, state, owner, onsetMs, resolvedAtMs, signals, judged];
  const [row] = await tx.query<Incident>(UPDATE, values);
  if (row) return { kind: 'updated', incident: row } as const;
  const [newer] = await tx.query<Incident>(GET, [incident.project, id]);
  return { kind: 'stale', incident: newer ?? incident } as const;
}

async function lockMarks(project: ProjectId, system: string, tx: PostgresTx): Promise<SignalMarks> {
  await tx.query('INSERT INTO signal_mark (project, system) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    project,
    system,
  ]);
  const [row] = await tx.query<{ marks: SignalMarks }>(
    'SELECT marks FROM signal_mark WHERE project = $1 AND system = $2 FOR UPDATE',
    [project, system],
  );
  return row?.marks ?? {};
}

const listValues = (filter: IncidentFilter): unknown[] => [
  filter.project,
  filter.system ?? null,
  filter.states && filter.states.length > 0 ? [...filter.states] : null,
  filter.fromMs ?? null,
  filter.toMs ?? null,
  filter.limit,
];

export function createIncidentStore(db: PostgresDb): IncidentStore {
  const one = async (sql: string, values: readonly unknown[], tx?: PostgresTx) =>
    (await (tx ? tx.query<Incident>(`${sql} ${LOCK}`, values) : db.query<Incident>(sql, values)))[0];
  return {
    get: (project, id, tx) => one(GET, [project, id], tx),
    openOf: (project, system, tx) => one(OPEN, [project, system], tx),
    list: (filter) => db.query<Incident>(LIST, listValues(filter)),
    create,
    update,
    append,
    timeline: (incident, limit, afterSeq = 0) =>
      db.query<TimelineEntry>(
        `SELECT ${ENTRY} FROM incident_entry WHERE incident = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
        [incident, afterSeq, limit],
      ),
    lockMarks,
    async saveMarks(project, system, marks, tx) {
      await tx.query('UPDATE signal_mark SET marks = $3::jsonb WHERE project = $1 AND system = $2', [
        project,
        system,
        JSON.stringify(marks),
      ]);
    },
    async cursor(project) {
      const [row] = await db.query<{ atMs: number }>(
        `SELECT ${ms('evaluated_at')} AS "atMs" FROM finding_cursor WHERE project = $1`,
        [project],
      );
      return row?.atMs;
    },
    async advanceCursor(project, evaluatedAtMs) {
      await db.query(
        `INSERT INTO finding_cursor (project, evaluated_at) VALUES ($1, ${at(2)})
         ON CONFLICT (project) DO UPDATE SET evaluated_at = greatest(finding_cursor.evaluated_at, excluded.evaluated_at)`,
        [project, evaluatedAtMs],
      );
    },
  };
}
