import type { Finding, FindingKind, Severity, Verdict } from '../../model/finding.ts';
import type { DocumentName, ProjectId, SystemName } from '../../model/ids.ts';
import type { ClickhouseDb, Sql } from '../ports/clickhouse.ts';
import type { FindingFilter, FindingLog } from '../ports/findings.ts';

type Row = {
  id: string;
  project: ProjectId;
  system: SystemName;
  monitor: DocumentName;
  kind: FindingKind;
  subject: string;
  modelVersion: string;
  segment: string;
  verdict: Verdict;
  severity: Severity;
  statistic: string;
  value: number | null;
  limit: number | null;
  n: string;
  nReference: string;
  onsetMs: string | null;
  windowStartMs: string;
  windowEndMs: string;
  evaluatedAtMs: string;
  sentence: string;
  evidence: string;
};

const COLUMNS = `toString(project) AS project, toString(system) AS system, id, toString(monitor) AS monitor, toString(kind) AS kind,
  toString(subject) AS subject, toString(model_version) AS modelVersion, toString(segment) AS segment,
  toString(verdict) AS verdict, toString(severity) AS severity, toString(statistic) AS statistic, value, \`limit\`,
  n, n_reference AS nReference, toUnixTimestamp64Milli(onset) AS onsetMs, toUnixTimestamp64Milli(window_start) AS windowStartMs,
  toUnixTimestamp64Milli(window_end) AS windowEndMs, toUnixTimestamp64Milli(evaluated_at) AS evaluatedAtMs, sentence, evidence`;

/** A monitor that has said nothing for so long is not part of the present picture. */
const LATEST_WITHIN_DAYS = 45;

export function createFindingLog(db: ClickhouseDb): FindingLog {
  const read = async (statement: Sql): Promise<Finding[]> =>
    (await db.query<Row>(statement)).map((row) => toFinding(row));
  return {
    append: (findings) => db.insertRows('findings', findings.map(toRow)),
    since: (project, evaluatedAtMs, limit) =>
      read({
        // A repeat carries a later evaluation than the first telling: the first is the one that counts.
        sql: `SELECT ${COLUMNS} FROM findings
              WHERE project = {project:String} AND evaluated_at >= fromUnixTimestamp64Milli({since:Int64})
              ORDER BY evaluated_at, window_end, id LIMIT 1 BY id LIMIT {limit:UInt32}`,
        params: { project, since: evaluatedAtMs, limit },
      }),
    list: (filter) => read(listSql(filter)),
    latest: (project, system) =>
      read({
        sql: `SELECT ${COLUMNS} FROM findings
              WHERE project = {project:String} AND system = {system:String}
                AND window_end >= (SELECT max(window_end) FROM findings
                  WHERE project = {project:String} AND system = {system:String}) - INTERVAL {days:UInt16} DAY
              ORDER BY window_end DESC, evaluated_at DESC, id
              LIMIT 1 BY monitor, subject, model_version, segment, statistic`,
        params: { project, system, days: LATEST_WITHIN_DAYS },
      }),
  };
}

function listSql(filter: FindingFilter): Sql {
  const conditions: readonly (readonly [unknown, string])[] = [
    [filter.system, 'AND system = {system:String}'],
    [filter.monitor, 'AND monitor = {monitor:String}'],
    [filter.kind, 'AND kind = {kind:String}'],
    [filter.subject, 'AND subject = {subject:String}'],
    [filter.verdicts, 'AND toString(verdict) IN {verdicts:Array(String)}'],
    [filter.fromMs, 'AND window_end >= fromUnixTimestamp64Milli({fromMs:Int64})'],
    [filter.toMs, 'AND window_end < fromUnixTimestamp64Milli({toMs:Int64})'],
  ];
  const where = conditions.filter(([value]) => value !== undefined).map(([, sql]) => sql);
  return {
    sql: `SELECT ${COLUMNS} FROM findings WHERE project = {project:String} ${where.join(' ')}
          ORDER BY window_end DESC, monitor, subject, statistic, evaluated_at DESC LIMIT 1 BY id LIMIT {limit:UInt32}`,
    params: Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)),
  };
}

const instant = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

const toRow = (finding: Finding): Record<string, unknown> => ({
  project: finding.project,
  system: finding.system,
  id: finding.id,
  monitor: finding.monitor,
  kind: finding.kind,
  subject: finding.subject,
  model_version: finding.modelVersion,
  segment: finding.segment,
  verdict: finding.verdict,
  severity: finding.severity,
  statistic: finding.statistic,
  value: finding.value,
  limit: finding.limit,
  n: finding.n,
  n_reference: finding.nReference,
  onset: finding.onsetMs === null ? null : instant(finding.onsetMs),
  window_start: instant(finding.windowStartMs),
  window_end: instant(finding.windowEndMs),
  evaluated_at: instant(finding.evaluatedAtMs),
  sentence: finding.sentence,
  evidence: JSON.stringify(finding.evidence),
});

const toFinding = (row: Row): Finding => ({
  ...row,
  n: Number(row.n),
  nReference: Number(row.nReference),
  onsetMs: row.onsetMs === null ? null : Number(row.onsetMs),
  windowStartMs: Number(row.windowStartMs),
  windowEndMs: Number(row.windowEndMs),
  evaluatedAtMs: Number(row.evaluatedAtMs),
  evidence: JSON.parse(row.evidence) as Finding['evidence'],
});
