import type { DecisionFilter, QuarantineChoice, TimeRange } from '../../ports/reads.ts';
import { current } from '../current.ts';
import { judgingParams, lastOutcomes } from './judging.ts';

/** Outcomes are known after their decision; clocks of two machines may say otherwise by this much. */
const OUTCOME_LEAD_MS = 86_400_000;

export const inRange =
  "time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')";
export const rangeParams = ({ fromMs, toMs }: TimeRange) => ({ fromMs, toMs });

type Condition = { readonly sql: string; readonly name: string; readonly value: unknown };
const among = (column: string, name: string, values: readonly string[] | undefined): Condition[] =>
  values === undefined || values.length === 0
    ? []
    : [{ sql: `${column} IN {${name}:Array(String)}`, name, value: values }];

/** Conditions on the decisions table alone; the text depends on which filters are there, never on their values. */
function ownConditions(filter: DecisionFilter): Condition[] {
  return [
    { sql: 'project = {project:String}', name: 'project', value: filter.project },
    ...among('system', 'systems', filter.systems),
    ...among('value', 'values', filter.values),
    ...among('toString(actor)', 'actors', filter.actors),
    ...among('model_version', 'versions', filter.versions),
    ...among('toString(route)', 'routes', filter.routes),
    ...(filter.violations === undefined || filter.violations.length === 0
      ? []
      : [
          {
            sql: 'hasAny(violations, {violations:Array(String)})',
            name: 'violations',
            value: filter.violations,
          },
        ]),
    ...(filter.text === undefined || filter.text === ''
      ? []
      : [{ sql: TEXT_MATCH, name: 'text', value: filter.text }]),
  ];
}
const TEXT_MATCH = `(positionCaseInsensitiveUTF8(decision_id, {text:String}) > 0
  OR lower(hex(trace_id)) = lower({text:String})
  OR has(mapValues(segments), {text:String}) OR has(mapValues(cat), {text:String}))`;

const KEPT_APART: Readonly<Record<QuarantineChoice, string>> = {
  exclude: ' AND NOT quarantined',
  only: ' AND quarantined',
  include: '',
};

/** The decisions table alone, as its decisions stand; repeats included. */
export function ownWhere(filter: DecisionFilter): Base {
  const conditions = ownConditions(filter);
  return {
    from: `${[inRange, ...conditions.map((condition) => condition.sql)].join(' AND ')}${KEPT_APART[filter.quarantined ?? 'exclude']} AND ${current(`project = {project:String} AND ${inRange}`)}`,
    params: {
      ...rangeParams(filter),
      ...Object.fromEntries(conditions.map((condition) => [condition.name, condition.value])),
    },
  };
}

/** Columns of a folded decision that lists, histograms and facets are made of. */
const COLUMNS = [
  'system',
  'value',
  'actor',
  'model_version',
  'policy_version',
  'score',
  'confidence',
  'route',
  'trace_id',
] as const;

export type Base = { readonly from: string; readonly params: Record<string, unknown> };

/**
 * The decisions that match, one row each with its last outcomes, as a subquery: `decision_id, at, …, label, labels, ruling, rulings`.
 * Repeats are folded to their newest copy before anything is counted; outcomes are joined only when `judged`.
 */
export function matching(filter: DecisionFilter, judged: boolean): Base {
  const own = ownWhere(filter);
  // Sorting and keeping the first row of each id costs a fraction of an argMax per column (and argMax skips NULLs).
  const folded = `SELECT decision_id, time AS at, ${COLUMNS.join(', ')} FROM decisions WHERE ${own.from}
    ORDER BY decisions.time DESC, received_at DESC LIMIT 1 BY decision_id`;
  if (!judged) return { from: `(${folded})`, params: own.params };
  const systems = filter.systems !== undefined && filter.systems.length > 0;
  const known = `project = {project:String}${systems ? ' AND system IN {systems:Array(String)}' : ''}
    AND time >= fromUnixTimestamp64Milli({knownFromMs:Int64}, 'UTC')`;
  return {
    from: `(SELECT * FROM (${folded}) AS f LEFT JOIN (${lastOutcomes(known)}) AS o USING (decision_id))`,
    params: {
      ...own.params,
      knownFromMs: Math.max(0, filter.fromMs - OUTCOME_LEAD_MS),
      ...judgingParams(filter.rules),
    },
  };
}

/** Filters that need the outcomes; `where` is over the judged subquery with `outcome` and `correct` computed. */
export function outcomeFilter(filter: DecisionFilter): Base {
  const parts: string[] = [];
  const params: Record<string, unknown> = {};
  if (filter.outcomes !== undefined && filter.outcomes.length > 0) {
    parts.push('outcome IN {outcomes:Array(String)}');
    params.outcomes = filter.outcomes;
  }
  if (filter.correct !== undefined && filter.correct.length > 0) {
    parts.push(
      "multiIf(isNull(correct), 'unknown', correct = 1, 'true', 'false') IN {correct:Array(String)}",
    );
    params.correct = filter.correct;
  }
  return { from: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, params };
}

export const needsOutcomes = (filter: DecisionFilter): boolean => outcomeFilter(filter).from !== '';
