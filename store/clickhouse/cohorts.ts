import { DELAY_EDGES_MS } from '../../model/label-delays.ts';
import type { ClickhouseDb } from '../ports/clickhouse.ts';
import type { Cell, CohortStore, ErrorRow, EstimateRow } from '../ports/cohorts.ts';
import { cellsSql, countSql, delaysSql, errorRowsSql, NO_DELAY, touchedHoursSql } from './cohorts-sql.ts';

type CellRow = {
  slot: string;
  segment_: string;
  value_: string;
  truth_: string;
  by_: Cell['by'];
  bin: number;
  n_: string;
  known_: string;
  p: number;
  p2: number;
  lp: number;
  lq: number;
} & Record<
  `${'error_sum' | 'error_abs' | 'error_sq' | 'error_quad' | 'ape_sum' | 'ape_sq' | 'truth_sum' | 'truth_sq' | 'truth_cu' | 'truth_quad' | 'error_sq_truth' | 'error_sq_truth_sq'}_`,
  number | null
> & {
    ape_n_: string;
  };

type EstimateRecord = Omit<EstimateRow, 'windowStartMs' | 'windowEndMs' | 'n' | 'realisedN'> &
  Record<'windowStartMs' | 'windowEndMs' | 'n' | 'realisedN', string>;

export function createCohortStore(db: ClickhouseDb): CohortStore {
  return {
    count: async (project, system, definition, ranges, computedAtMs) => {
      if (ranges.length > 0) await db.command(countSql(project, system, definition, ranges, computedAtMs));
    },
    touchedHours: async (query) => {
      const rows = await db.query<{ hour: number }>(touchedHoursSql(query));
      return rows.map((row) => Number(row.hour) * 1_000);
    },
    cells: async (query) => {
      const slotMs = query.slotMs ?? 0;
      const rows = await db.query<CellRow>(cellsSql(query));
      return rows.map((row) => toCell(row, query.fromMs + Number(row.slot) * slotMs));
    },
    delays: async (query) => {
      const rows = await db.query<{ age: string; delay_: number; n_: string }>(delaysSql(query));
      return rows.map((row) => ({
        ageMs: Number(row.age) === 0 ? 0 : (DELAY_EDGES_MS[Number(row.age) - 1] ?? 0),
        delay: row.delay_ === NO_DELAY ? null : row.delay_,
        n: Number(row.n_),
      }));
    },
    errorRows: (project, system, task, range, options) =>
      db.query<ErrorRow>(errorRowsSql(project, system, task, range, options)),
    saveEstimates: async (project, system, monitor, rows, computedAtMs) => {
      if (rows.length === 0) return;
      await db.insertRows(
        'performance_estimates',
        rows.map((row) => ({
          project,
          system,
          monitor,
          metric: row.metric,
          window_start: instant(row.windowStartMs),
          window_end: instant(row.windowEndMs),
          estimate: row.estimate,
          low: row.low,
          high: row.high,
          n: row.n,
          realised: row.realised,
          realised_n: row.realisedN,
          computed_at: instant(computedAtMs),
        })),
      );
    },
    estimates: async (project, monitor, fromMs, toMs) => {
      const rows = await db.query<EstimateRecord>({
        sql: `
SELECT toString(metric) AS metric, toUnixTimestamp64Milli(window_start) AS windowStartMs, toUnixTimestamp64Milli(window_end) AS windowEndMs,
  estimate, low, high, n, realised, realised_n AS realisedN
FROM performance_estimates
WHERE project = {project:String} AND monitor = {monitor:String} AND window_end > fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')
  AND window_end <= fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
ORDER BY window_end, metric, computed_at DESC LIMIT 1 BY window_end, window_start, metric`,
        params: { project, monitor, fromMs, toMs },
      });
      return rows.map((row) => ({
        ...row,
        windowStartMs: Number(row.windowStartMs),
        windowEndMs: Number(row.windowEndMs),
        n: Number(row.n),
        realisedN: Number(row.realisedN),
      }));
    },
  };
}

const instant = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

/** The engine writes an overflow as null: a sum that is no number must not look like a small one. */
const number = (value: number | null): number => value ?? Number.POSITIVE_INFINITY;

const toCell = (row: CellRow, slotMs: number): Cell => ({
  slotMs,
  segment: row.segment_,
  value: row.value_,
  truth: row.truth_,
  by: row.by_,
  bin: row.bin,
  n: Number(row.n_),
  known: Number(row.known_),
  p: row.p,
  pSq: row.p2,
  logP: row.lp,
  logQ: row.lq,
  errorSum: number(row.error_sum_),
  errorAbs: number(row.error_abs_),
  errorSq: number(row.error_sq_),
  errorQuad: number(row.error_quad_),
  apeN: Number(row.ape_n_),
  apeSum: number(row.ape_sum_),
  apeSq: number(row.ape_sq_),
  truthSum: number(row.truth_sum_),
  truthSq: number(row.truth_sq_),
  truthCu: number(row.truth_cu_),
  truthQuad: number(row.truth_quad_),
  errorSqTruth: number(row.error_sq_truth_),
  errorSqTruthSq: number(row.error_sq_truth_sq_),
});
