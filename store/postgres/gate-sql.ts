const ms = (column: string): string => `round(extract(epoch FROM ${column}) * 1000)::float8`;
const at = (index: number): string => `to_timestamp($${index}::float8 / 1000)`;

const GATE = `project, system, serving_version AS "servingVersion", route, reason, incident::int AS incident,
  revision::int AS revision, ${ms('changed_at')} AS "changedAtMs", changed_by AS "changedBy"`;
const VERSION = `project, system, version, status, ${ms('first_seen')} AS "firstSeenMs",
  ${ms('live_since')} AS "liveSinceMs", note`;

/** The statements of the gate, its history and the versions behind it. */
export const GATE_SQL = {
  get: `SELECT ${GATE} FROM gate WHERE project = $1 AND system = $2`,
  list: `SELECT ${GATE} FROM gate WHERE project = $1 ORDER BY system`,
  history: `SELECT ${GATE}, ${ms('at')} AS "atMs" FROM gate_change
    WHERE project = $1 AND system = $2 ORDER BY revision DESC LIMIT $3`,
  upsert: `INSERT INTO gate (project, system, serving_version, route, reason, incident, revision, changed_at, changed_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, ${at(8)}, $9)
    ON CONFLICT (project, system) DO UPDATE SET serving_version = excluded.serving_version, route = excluded.route,
      reason = excluded.reason, incident = excluded.incident, revision = excluded.revision,
      changed_at = excluded.changed_at, changed_by = excluded.changed_by`,
  record: `INSERT INTO gate_change (project, system, serving_version, route, reason, incident, revision, changed_at, changed_by, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, ${at(8)}, $9, ${at(10)})`,

  version: `SELECT ${VERSION} FROM model_version WHERE project = $1 AND system = $2 AND version = $3`,
  versions: `SELECT ${VERSION} FROM model_version WHERE project = $1 AND system = $2
    ORDER BY coalesce(live_since, first_seen) DESC, version DESC`,
  lastKnownGood: `SELECT ${VERSION} FROM model_version
    WHERE project = $1 AND system = $2 AND version <> $3 AND status = 'known_good'
    ORDER BY live_since DESC NULLS LAST, first_seen DESC LIMIT 1`,
  setStatus: `UPDATE model_version SET status = $4 WHERE project = $1 AND system = $2 AND version = $3`,
  // $6: deployed anew. Else it comes back, and its first going live stays: that is how long it has been trusted.
  goLive: `INSERT INTO model_version (project, system, version, status, first_seen, live_since, note)
    VALUES ($1, $2, $3, 'live', ${at(4)}, ${at(4)}, $5)
    ON CONFLICT (project, system, version) DO UPDATE SET status = 'live',
      live_since = CASE WHEN $6::boolean THEN excluded.live_since ELSE coalesce(model_version.live_since, excluded.live_since) END,
      first_seen = least(model_version.first_seen, excluded.first_seen),
      note = CASE WHEN excluded.note = '' THEN model_version.note ELSE excluded.note END`,
  observe: `INSERT INTO model_version (project, system, version, status, first_seen)
    VALUES ($1, $2, $3, 'candidate', ${at(4)})
    ON CONFLICT (project, system, version) DO UPDATE SET first_seen = excluded.first_seen
      WHERE excluded.first_seen < model_version.first_seen`,
  // Paging incidents that touch [$3, $4): an open one goes on.
  troubles: `SELECT ${ms('onset')} AS "startMs", ${ms(`coalesce(resolved_at, ${at(4)})`)} AS "endMs" FROM incident
    WHERE project = $1 AND system = $2 AND severity = 'page'
      AND onset < ${at(4)} AND (resolved_at IS NULL OR resolved_at > ${at(3)})`,
} as const;
