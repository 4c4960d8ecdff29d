import type { PostgresDb } from '../ports/postgres.ts';
import type {
  AnalysisProgress,
  EvaluationProgress,
  ProgressStore,
  StreamProgress,
} from '../ports/progress.ts';

const NOTHING_READ: StreamProgress = { cursors: {}, newestMs: null, loadedAtMs: null };
export const NOT_STARTED: AnalysisProgress = {
  decisions: NOTHING_READ,
  outcomes: NOTHING_READ,
  firstEventMs: null,
  watermarkMs: null,
  profiledUntilMs: null,
  computedAtMs: 0,
};

type Streams = { decisions?: StreamProgress; outcomes?: StreamProgress; computedAtMs?: number };
type AnalysisRow = {
  cursors: Streams;
  first_event: Date | null;
  watermark: Date | null;
  profiled_until: Date | null;
};
type EvaluationRow = {
  monitor: string;
  version: number;
  evaluated_until: Date;
  state: Record<string, unknown>;
  last_error: string;
};

const date = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

export function createProgressStore(db: PostgresDb): ProgressStore {
  return {
    // A lock of the transaction, so that it goes with the connection: a process that dies leaves nothing behind.
    exclusively: (project, system, work) =>
      db.transaction(async (tx) => {
        const [lock] = await tx.query<{ got: boolean }>(
          'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS got',
          [`leeway.analysis/${project}/${system}`],
        );
        if (!lock?.got) return { kind: 'busy' as const };
        return { kind: 'ran' as const, result: await work() };
      }),
    analysis: async (project, system) => {
      const [row] = await db.query<AnalysisRow>(
        'SELECT cursors, first_event, watermark, profiled_until FROM analysis_progress WHERE project = $1 AND system = $2',
        [project, system],
      );
      return row ? toAnalysis(row) : NOT_STARTED;
    },
    saveAnalysis: async (project, system, progress) => {
      const { decisions, outcomes, computedAtMs } = progress;
      await db.query(
        `INSERT INTO analysis_progress (project, system, cursors, first_event, watermark, profiled_until)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (project, system) DO UPDATE SET cursors = excluded.cursors, first_event = excluded.first_event,
           watermark = excluded.watermark, profiled_until = excluded.profiled_until`,
        [
          project,
          system,
          JSON.stringify({ decisions, outcomes, computedAtMs }),
          date(progress.firstEventMs),
          date(progress.watermarkMs),
          date(progress.profiledUntilMs),
        ],
      );
    },
    systems: () => db.query('SELECT project, system FROM analysis_progress ORDER BY project, system'),
    noteTick: async (project, system, by, nowMs) => {
      await db.query(
        'UPDATE analysis_progress SET ticked_at = $3, ticked_by = $4 WHERE project = $1 AND system = $2',
        [project, system, new Date(nowMs), by],
      );
    },
    ticks: async (project) => {
      const rows = await db.query<{ system: string; ticked_at: Date; ticked_by: string }>(
        'SELECT system, ticked_at, ticked_by FROM analysis_progress WHERE project = $1 AND ticked_at IS NOT NULL',
        [project],
      );
      return rows.map(({ system, ticked_at, ticked_by }) => ({
        system,
        atMs: ticked_at.getTime(),
        by: ticked_by,
      }));
    },
    evaluations: async (project) => {
      const rows = await db.query<EvaluationRow>(
        'SELECT monitor, version, evaluated_until, state, last_error FROM evaluation_progress WHERE project = $1 ORDER BY monitor',
        [project],
      );
      return rows.map((row) => toEvaluation(row));
    },
    saveEvaluation: async (project, progress) => {
      await db.query(
        `INSERT INTO evaluation_progress (project, monitor, version, evaluated_until, state, last_error)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (project, monitor) DO UPDATE SET version = excluded.version,
           evaluated_until = excluded.evaluated_until, state = excluded.state, last_error = excluded.last_error`,
        [
          project,
          progress.monitor,
          progress.version,
          new Date(progress.evaluatedUntilMs),
          JSON.stringify(progress.state),
          progress.lastError,
        ],
      );
    },
  };
}

const toAnalysis = (row: AnalysisRow): AnalysisProgress => ({
  decisions: row.cursors.decisions ?? NOTHING_READ,
  outcomes: row.cursors.outcomes ?? NOTHING_READ,
  computedAtMs: row.cursors.computedAtMs ?? 0,
  firstEventMs: row.first_event?.getTime() ?? null,
  watermarkMs: row.watermark?.getTime() ?? null,
  profiledUntilMs: row.profiled_until?.getTime() ?? null,
});

const toEvaluation = (row: EvaluationRow): EvaluationProgress => ({
  monitor: row.monitor,
  version: row.version,
  evaluatedUntilMs: row.evaluated_until.getTime(),
  state: row.state,
  lastError: row.last_error,
});
