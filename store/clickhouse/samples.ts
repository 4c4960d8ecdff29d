import type { ClickhouseDb, Sql } from '../ports/clickhouse.ts';
import type {
  Delay,
  Novelty,
  SampledDecision,
  SampleQuery,
  SampleStore,
  Stretch,
  StretchFacts,
} from '../ports/samples.ts';
import { counted } from './current.ts';
import { instantNs, toNs } from './event-time.ts';

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

/** Ids are hashed first, over the id column alone; only the rows that were drawn are read whole. */
export function sampleSql(query: SampleQuery): Sql {
  const scope = inStretch('from', 'to');
  const text = query.with.text ? 'text' : "CAST(map(), 'Map(String, String)')";
  const embedding = query.with.embedding ? 'embedding' : "CAST(map(), 'Map(String, Array(Float32))')";
  return {
    sql: `SELECT decision_id AS id, toString(value) AS value, score, confidence, num, cat, missing, ${text} AS text, ${embedding} AS embedding
      FROM decisions WHERE ${scope} AND ${counted(scope)} AND decision_id IN (
        SELECT decision_id FROM decisions WHERE ${scope} AND ${counted(scope)} GROUP BY decision_id
        ORDER BY sipHash64(decision_id, {seed:UInt32}), decision_id LIMIT {rows:UInt32})
      ORDER BY sipHash64(decision_id, {seed:UInt32}), decision_id LIMIT 1 BY decision_id`,
    params: { ...paramsOf(query), seed: query.seed, rows: query.rows },
  };
}

/** A hash of NULL is NULL, whatever stands beside it. */
const CONTENT =
  "time, value, model, model_version, ifNull(toString(score), ''), num, cat, missing, text, embedding, segments";

/** One reading for all windows: a row counts in each that holds it. */
export function factsSql(
  stretch: Stretch,
  { windowMs, stepMs }: { readonly windowMs: number; readonly stepMs: number },
): Sql {
  const scope = inStretch('read', 'to');
  const firstEnd = '(intDiv(at, {step:Int64}) + 1) * {step:Int64}';
  return {
    sql: `SELECT toFloat64(windowEnd) AS endMs, toFloat64(uniqExact(id)) AS decisions, toFloat64(count() - uniqExact(id)) AS repeatedIds,
        toFloat64(uniqExact(id) - uniqExact(content)) AS copies, toFloat64(countIf(delay < -{slackMs:Int64})) AS future,
        toFloat64(quantile(0.95)(delay)) AS delayMs
      FROM (SELECT id, content, delay, arrayJoin(arrayMap(k -> ${firstEnd} + k * {step:Int64},
            range(toUInt32(intDiv(at + {window:Int64} - ${firstEnd}, {step:Int64}) + 1)))) AS windowEnd
          FROM (SELECT sipHash64(decision_id) AS id, sipHash128(${CONTENT}) AS content, toUnixTimestamp64Milli(time) AS at,
              toUnixTimestamp64Milli(received_at) - at AS delay
            FROM decisions WHERE ${scope} AND ${counted(scope)}))
      WHERE windowEnd > {firstMs:Int64} AND windowEnd <= {lastMs:Int64}
      GROUP BY windowEnd`,
    params: {
      ...paramsOf(stretch),
      read: toNs(stretch.fromMs - windowMs),
      ...{ window: windowMs, step: stepMs, slackMs: CLOCK_SLACK_MS },
      ...{ firstMs: stretch.fromMs, lastMs: stretch.toMs },
    },
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

export function createSampleStore(db: ClickhouseDb): SampleStore {
  return {
    sample: (query) => db.query<SampledDecision>(sampleSql(query)),
    facts: async (stretch, windows) => {
      const rows = await db.query<StretchFacts & { readonly endMs: number }>(factsSql(stretch, windows));
      return new Map(rows.map(({ endMs, ...facts }) => [endMs, facts]));
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
