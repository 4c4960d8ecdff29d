import { type FeatureSummary, sketchOf } from '../../model/feature-summary.ts';
import { totalOf } from '../../model/numeric-bins.ts';
import type { ClickhouseDb } from '../ports/clickhouse.ts';
import type { ReferenceProfiles } from '../ports/references.ts';
import { referenceOfWindowSql } from './profile-rows-sql.ts';

type Row = {
  feature: string;
  missing: number;
  sum: number | null;
  sumSq: number | null;
  min: number | null;
  max: number | null;
  binStep: number;
  bins: [number, number][];
  categories: [string, number][];
  versions: [string, number][];
};

const EVERYTHING = '';

export function createReferenceProfiles(db: ClickhouseDb): ReferenceProfiles {
  return {
    fromWindow: ({ project, system, modelVersion, fromMs, toMs }, id, levels) =>
      db.command(
        referenceOfWindowSql({ project, system, fromMs, toMs }, id, levels, modelVersion ?? undefined),
      ),
    fromSummaries: (project, id, summaries) =>
      db.insertRows(
        'reference_profiles',
        summaries.flatMap((summary) => rowsOf(summary).map((row) => ({ project, id, ...row }))),
        id,
      ),
    read: async (project, id, { segment = EVERYTHING, modelVersion } = {}) => {
      const rows = await db.query<Row>({
        sql: `SELECT toString(feature) AS feature, toFloat64(sum(t.missing)) AS missing, sum(t.sum) AS sum, sum(t.sum_sq) AS sumSq,
            minOrNullIf(t.min, t.kind = 'numeric' AND t.n > 0) AS min, maxOrNullIf(t.max, t.kind = 'numeric' AND t.n > 0) AS max,
            max(t.bin_step) AS binStep, CAST(mapApply((k, v) -> (k, toFloat64(v)), sumMap(t.bins)), 'Array(Tuple(Int32, Float64))') AS bins,
            CAST(mapApply((k, v) -> (k, toFloat64(v)), sumMap(t.categories)), 'Array(Tuple(String, Float64))') AS categories,
            CAST(mapApply((k, v) -> (k, toFloat64(v)), sumMap(map(toString(t.model_version), t.n))), 'Array(Tuple(String, Float64))') AS versions
          FROM reference_profiles AS t
          WHERE t.project = {project:String} AND t.id = {id:String} AND t.segment = {segment:String}
            ${modelVersion === undefined ? '' : 'AND t.model_version = {modelVersion:String}'}
          GROUP BY feature ORDER BY feature`,
        params: { project, id, segment, ...(modelVersion === undefined ? {} : { modelVersion }) },
      });
      return rows.map(toSummary);
    },
    segments: async (project, id) => {
      const rows = await db.query<{ segment: string }>({
        sql: `SELECT DISTINCT toString(segment) AS segment FROM reference_profiles
          WHERE project = {project:String} AND id = {id:String} ORDER BY segment`,
        params: { project, id },
      });
      return rows.map(({ segment }) => segment);
    },
  };
}

function toSummary(row: Row): FeatureSummary {
  const categories = new Map(row.categories);
  return {
    feature: row.feature,
    missing: row.missing,
    sum: row.sum ?? Number.POSITIVE_INFINITY,
    sumSq: row.sumSq ?? Number.POSITIVE_INFINITY,
    min: row.min,
    max: row.max,
    bins: new Map(row.bins),
    categories,
    versions: new Map(row.versions),
    sketch: sketchOf(row.binStep, categories),
  };
}

/** A row per kind of value that the feature has; what is missing goes with the first. */
function rowsOf(summary: FeatureSummary): Record<string, unknown>[] {
  const common = { feature: summary.feature, segment: EVERYTHING, model_version: '' };
  const [numbers, texts] = [totalOf(summary.bins), totalOf(summary.categories)];
  const numeric = {
    ...common,
    kind: 'numeric',
    n: numbers,
    missing: summary.missing,
    sum: summary.sum,
    sum_sq: summary.sumSq,
    min: summary.min ?? 0,
    max: summary.max ?? 0,
    bins: Object.fromEntries(summary.bins),
    bin_step: summary.sketch.binStep,
    categories: {},
  };
  const categorical = {
    ...common,
    kind: 'categorical',
    n: texts,
    missing: numbers > 0 ? 0 : summary.missing,
    ...{ sum: 0, sum_sq: 0, min: 0, max: 0, bins: {}, bin_step: 1 },
    categories: Object.fromEntries(summary.categories),
  };
  if (texts === 0) return [numeric];
  return numbers > 0 ? [numeric, categorical] : [categorical];
}
