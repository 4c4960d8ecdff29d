import type { ClickhouseDb, Sql } from '../ports/clickhouse.ts';
import type {
  Delay,
  FactsWindows,
  Novelty,
  SampledDecision,
  SampleQuery,
  SampleStore,
  Stretch,
  StretchFacts,
} from '../ports/samples.ts';
import { counted } from './current.ts';
import { instantNs, timeIn, toNs } from './event-time.ts';

/** Different values of a reference that are held in memory at once. */
const MOST_KNOWN_VALUES = 1_000_000;
/** Clocks of senders may differ from ours by so much. */
const CLOCK_SLACK_MS = 60_000;

const inStretch = (from: string, to: string): string =>
  `project = {project:String} AND system = {system:String} AND time >= ${instantNs(from)} AND time < ${instantNs(to)}`;
const paramsOf = ({ project, system, fromMs, toMs }: Stretch) => ({
  project,
  system,
  from: toNs(fromMs),
  to: toNs(toMs),
});

type Drawn = Pick<SampleQuery, 'project' | 'rows' | 'seed' | 'with'>;

const columnsOf = ({ with: { text, embedding } }: Pick<Drawn, 'with'>): string =>
  `decision_id AS id, toString(value) AS value, score, confidence, num, cat, missing,
    ${text ? 'text' : "CAST(map(), 'Map(String, String)')"} AS text,
    ${embedding ? 'embedding' : "CAST(map(), 'Map(String, Array(Float32))')"} AS embedding`;
const BY_HASH = 'ORDER BY sipHash64(decision_id, {seed:UInt32}), decision_id';

/** Ids are hashed first, over the id column alone; only the rows that were drawn are read whole. */
export function sampleSql(query: SampleQuery): Sql {
  const { project, system, modelVersion, seed, rows } = query;
  const time = timeIn(query.stretches.map(({ startMs, endMs }) => ({ fromMs: startMs, toMs: endMs })));
  const version = modelVersion === undefined ? '' : 'AND model_version = {modelVersion:String}';
  const scope = `project = {project:String} AND system = {system:String} AND ${time.sql}`;
  return {
    sql: `SELECT ${columnsOf(query)}
      FROM decisions WHERE ${scope} AND ${counted(scope)} AND decision_id IN (
        SELECT decision_id FROM decisions WHERE ${scope} ${version} AND ${counted(scope)} GROUP BY decision_id
        ${BY_HASH} LIMIT {rows:UInt32})
      ${BY_HASH} LIMIT 1 BY decision_id`,
    params: { project, system, ...time.params, ...(version && { modelVersion }), seed, rows },
  };
}

export function keepSql(reference: string, query: SampleQuery): Sql {
  const { sql, params } = sampleSql(query);
  return {
    sql: `INSERT INTO reference_samples (project, reference, decision_id, value, score, confidence, num, cat, missing, text, embedding)
      SELECT {project:String}, {reference:String}, id, value, score, confidence, num, cat, missing, text, embedding FROM (${sql})`,
    params: { ...params, reference },
  };
}

export const keptSql = (query: Drawn & { readonly reference: string }): Sql => ({
  sql: `SELECT ${columnsOf(query)} FROM reference_samples
    WHERE project = {project:String} AND reference = {reference:String} ${BY_HASH} LIMIT 1 BY decision_id LIMIT {rows:UInt32}`,
  params: { project: query.project, reference: query.reference, seed: query.seed, rows: query.rows },
});

/** A hash of NULL is NULL, whatever stands beside it. */
const CONTENT =
  "time, value, model, model_version, ifNull(toString(score), ''), num, cat, missing, text, embedding, segments";

/** Moments of a step: one that is left out is not read, since rows lie by their time. */
const MOMENTS = 1_024;

/** One reading for all windows: a row counts in each that holds it. `columns` of the rows, `counts` of each window. */
function inWindows(
  stretch: Stretch,
  { windowMs, stepMs, oneIn }: FactsWindows,
  of: { readonly columns: string; readonly chosen: string; readonly counts: string },
): Sql {
  const scope = inStretch('read', 'to');
  const firstEnd = '(intDiv(at, {step:Int64}) + 1) * {step:Int64}';
  return {
    sql: `SELECT toFloat64(windowEnd) AS endMs, ${of.counts}
      FROM (SELECT *, arrayJoin(arrayMap(k -> ${firstEnd} + k * {step:Int64},
            range(toUInt32(intDiv(at + {window:Int64} - ${firstEnd}, {step:Int64}) + 1)))) AS windowEnd
          FROM (SELECT ${of.columns}, toUnixTimestamp64Milli(time) AS at
            FROM decisions PREWHERE ${inStretch('read', 'to')} AND ${oneIn > 1 ? of.chosen : '1'} WHERE ${counted(scope)}))
      WHERE windowEnd > {firstMs:Int64} AND windowEnd <= {lastMs:Int64}
      GROUP BY windowEnd`,
    params: {
      ...paramsOf(stretch),
      read: toNs(stretch.fromMs - windowMs),
      ...{ window: windowMs, step: stepMs },
      ...{ firstMs: stretch.fromMs, lastMs: stretch.toMs },
      ...(oneIn > 1 && { oneIn }),
    },
  };
}

/** An id is chosen with all of its rows, wherever they lie; that reads one column. */
export const idFactsSql = (stretch: Stretch, windows: FactsWindows): Sql =>
  inWindows(stretch, windows, {
    columns: 'sipHash64(decision_id) AS id',
    chosen: 'sipHash64(decision_id) % {oneIn:UInt32} = 0',
    counts: 'toFloat64(uniqExact(id)) AS decisions, toFloat64(count() - uniqExact(id)) AS repeatedIds',
  });

/** Copies have one instant, so that a moment is chosen with all of them. */
export function rowFactsSql(stretch: Stretch, windows: FactsWindows): Sql {
  const { sql, params } = inWindows(stretch, windows, {
    columns: `sipHash64(decision_id) AS id, sipHash128(${CONTENT}) AS content,
      toUnixTimestamp64Milli(received_at) - toUnixTimestamp64Milli(time) AS delay`,
    chosen: 'sipHash64(intDiv(toUnixTimestamp64Milli(time), {moment:Int64})) % {oneIn:UInt32} = 0',
    counts: `toFloat64(uniqExact(id)) AS whole, toFloat64(uniqExact(id) - uniqExact(content)) AS copies,
      toFloat64(countIf(delay < -{slackMs:Int64})) AS future, toFloat64(quantile(0.95)(delay)) AS delayMs`,
  });
  const moment = Math.max(1, Math.floor(windows.stepMs / MOMENTS));
  return {
    sql,
    params: { ...params, slackMs: CLOCK_SLACK_MS, ...(windows.oneIn > 1 && { moment }) },
  };
}

export function delaySql(stretch: Stretch): Sql {
  const scope = inStretch('from', 'to');
  return {
    sql: `SELECT toFloat64(count()) AS decisions, if(count() = 0, NULL, toFloat64(quantile(0.95)(
        toUnixTimestamp64Milli(received_at) - toUnixTimestamp64Milli(time)))) AS delayMs
      FROM decisions WHERE ${scope}`,
    params: paramsOf(stretch),
  };
}

const valuesOf = (from: string, to: string): string =>
  `SELECT DISTINCT toString(cat[{feature:String}]) FROM decisions WHERE ${inStretch(from, to)} AND mapContains(cat, {feature:String}) AND NOT quarantined LIMIT ${MOST_KNOWN_VALUES}`;

export function noveltySql(
  stretch: Stretch,
  reference: { readonly fromMs: number; readonly toMs: number },
  feature: string,
): Sql {
  const asked = 'mapContains(cat, {feature:String}) AND NOT quarantined';
  const value = 'toString(cat[{feature:String}])';
  return {
    sql: `SELECT toFloat64(a.n) AS n, toFloat64(a.d) AS distinct, toFloat64(a.u) AS unseen, toFloat64(k.d) AS referenceDistinct,
        toFloat64(b.n) AS baselineN, toFloat64(b.u) AS baselineUnseen, k.d >= ${MOST_KNOWN_VALUES} AS truncated
      FROM (SELECT count() AS n, uniq(${value}) AS d, countIf(${value} NOT IN (${valuesOf('refFrom', 'refTo')})) AS u
          FROM decisions WHERE ${inStretch('from', 'to')} AND ${asked}) AS a,
        (SELECT count() AS n, countIf(${value} NOT IN (${valuesOf('refFrom', 'refMiddle')})) AS u
          FROM decisions WHERE ${inStretch('refMiddle', 'refTo')} AND ${asked}) AS b,
        (SELECT count() AS d FROM (${valuesOf('refFrom', 'refTo')})) AS k`,
    params: {
      ...paramsOf(stretch),
      feature,
      refFrom: toNs(reference.fromMs),
      refMiddle: toNs((reference.fromMs + reference.toMs) / 2),
      refTo: toNs(reference.toMs),
    },
  };
}

type OfWindow<K extends keyof StretchFacts> = Pick<StretchFacts, K> & { readonly endMs: number };
const NONE_WHOLE = { whole: 0, copies: 0, future: 0, delayMs: null };

export function createSampleStore(db: ClickhouseDb): SampleStore {
  return {
    sample: (query) => db.query<SampledDecision>(sampleSql(query)),
    keep: (reference, query) => db.command(keepSql(reference, query)),
    kept: (query) => db.query<SampledDecision>(keptSql(query)),
    facts: async (stretch, windows) => {
      const [ids, rows] = await Promise.all([
        db.query<OfWindow<'decisions' | 'repeatedIds'>>(idFactsSql(stretch, windows)),
        db.query<OfWindow<'whole' | 'copies' | 'future' | 'delayMs'>>(rowFactsSql(stretch, windows)),
      ]);
      const whole = new Map(rows.map(({ endMs, ...facts }) => [endMs, facts]));
      return new Map(
        ids.map(({ endMs, ...facts }) => [endMs, { ...facts, ...(whole.get(endMs) ?? NONE_WHOLE) }]),
      );
    },
    delay: async (stretch) => {
      const [delay] = await db.query<Delay>(delaySql(stretch));
      return delay ?? { decisions: 0, delayMs: null };
    },
    novelty: async (stretch, reference, feature) => {
      const [row] = await db.query<Omit<Novelty, 'truncated'> & { readonly truncated: number }>(
        noveltySql(stretch, reference, feature),
      );
      if (row === undefined) throw new Error('an aggregate without a row');
      return { ...row, truncated: Boolean(row.truncated) };
    },
  };
}
