import type { Actor, RouteMode } from '../../../model/decision.ts';
import type { ClickhouseDb } from '../../ports/clickhouse.ts';
import type {
  DecisionFull,
  DecisionRecord,
  DriftCell,
  FacetName,
  HeldCounts,
  OutcomeRecord,
  SloBucket,
  SpanRecord,
  SystemSeen,
  TelemetryReads,
  VersionCounts,
  ViolationCount,
  VolumePoint,
} from '../../ports/reads.ts';
import { driftCellsSql, sloBucketsSql } from './analysis.ts';
import {
  decisionSql,
  facetsSql,
  foldRare,
  histogramSql,
  outcomesSql,
  pageSql,
  traceSql,
} from './decisions.ts';
import { heldSql, violationsSql } from './violations.ts';
import {
  newestSql,
  type Profiled,
  profiledSystemsSql,
  systemsSql,
  versionsSql,
  volumeSql,
} from './volume.ts';

type RawRow = Omit<DecisionRecord, 'timeMs' | 'traceId' | 'correct' | 'actor' | 'route'> & {
  readonly actor: string;
  readonly route: string;
  readonly trace: string;
  readonly correct: number | boolean | null;
};
type RawFull = RawRow &
  Omit<DecisionFull, keyof DecisionRecord | 'spanId' | 'replayedAtMs'> & {
    readonly span: string;
    readonly replayed: number;
  };
type RawSpan = Omit<SpanRecord, 'traceId' | 'spanId' | 'parentSpanId' | 'attributes'> & {
  readonly trace: string;
  readonly span: string;
  readonly parent: string;
  readonly attr_str: Record<string, string>;
  readonly attr_int: Record<string, string>;
  readonly attr_num: Record<string, number>;
  readonly attr_bool: Record<string, boolean>;
  readonly attr_json: Record<string, string>;
};
export function createReads(db: ClickhouseDb): TelemetryReads {
  return {
    systems: async (project) => {
      const profiled = await db.query<Profiled>(profiledSystemsSql(project));
      const seen = await db.query<SystemSeen>(systemsSql(project, profiled));
      // Where labels came later than any decision, what is rolled up ends behind the last one.
      const quiet = profiled.filter(({ system }) => !seen.some((one) => one.system === system));
      for (const { system, firstMs } of quiet) {
        const [newest] = await db.query<{ lastMs: number }>(newestSql(project, system));
        if (newest) seen.push({ system, firstMs, lastMs: newest.lastMs });
      }
      const first = new Map(profiled.map(({ system, firstMs }) => [system, firstMs]));
      return seen.sort(bySystem).map((one) => ({
        ...one,
        firstMs: Math.min(one.firstMs, first.get(one.system) ?? one.firstMs),
      }));
    },
    volume: (of, bucketMs, by) => db.query<VolumePoint>(volumeSql(of, bucketMs, by)),
    versions: (of, rules) => db.query<VersionCounts>(versionsSql(of, rules)),
    async page(filter, limit, after) {
      const raw = await db.query<RawRow & { newestNs: string }>(pageSql(filter, limit, after));
      const last = raw.at(-1);
      return {
        rows: raw.filter((row) => row.newestNs === row.timeNs).map(toRecord),
        next: raw.length < limit || last === undefined ? null : { timeNs: last.timeNs, id: last.id },
      };
    },
    histogram: async (filter, bucketMs) =>
      foldRare(await db.query<Omit<VolumePoint, 'system'>>(histogramSql(filter, bucketMs))).map((point) => ({
        ...point,
        system: '',
      })),
    facets: (filter, names, valuesPerFacet) =>
      db.query<{ name: FacetName; value: string; n: number }>(facetsSql(filter, names, valuesPerFacet)),
    async violations(of) {
      const [[counts], violations] = await Promise.all([
        db.query<HeldCounts>(heldSql(of)),
        db.query<ViolationCount>(violationsSql(of)),
      ]);
      return { ...(counts ?? NOTHING_HELD), violations };
    },
    async decision(project, id, rules) {
      const [row] = await db.query<RawFull>(decisionSql(project, id, rules));
      return row === undefined ? undefined : toFull(row);
    },
    outcomes: (project, id) => db.query<OutcomeRecord>(outcomesSql(project, id)),
    trace: async (project, traceId, limit) =>
      (await db.query<RawSpan>(traceSql(project, traceId, limit))).map(toSpan),
    sloBuckets: (of, bucketMs) => db.query<SloBucket>(sloBucketsSql(of, bucketMs)),
    driftCells: async (of) =>
      (await db.query<Omit<DriftCell, 'limit'> & { limit_: number | null }>(driftCellsSql(of))).map(
        ({ limit_, ...cell }) => ({ ...cell, limit: limit_ }),
      ),
  };
}

const NOTHING_HELD: HeldCounts = { held: 0, broken: 0, quarantined: 0, contract: '' };

const bySystem = (a: SystemSeen, b: SystemSeen): number => (a.system < b.system ? -1 : 1);

/** An id of zeros is no id. */
const idOrNone = (hex: string): string => (/^0*$/.test(hex) ? '' : hex);

function toRecord(row: RawRow): DecisionRecord {
  return {
    id: row.id,
    system: row.system,
    timeNs: row.timeNs,
    timeMs: Number(BigInt(row.timeNs) / 1_000_000n),
    value: row.value,
    // Enum8 columns: the engine holds no other text.
    actor: row.actor as Actor,
    route: row.route as RouteMode,
    modelVersion: row.modelVersion,
    policyVersion: row.policyVersion,
    score: row.score,
    confidence: row.confidence,
    outcome: row.outcome,
    correct: row.correct === null ? null : Boolean(row.correct),
    traceId: idOrNone(row.trace),
  };
}

function toFull(row: RawFull): DecisionFull {
  const { model, policy, weight, latencyMs, receivedAtMs, source, num, cat, missing, segments, upstream } =
    row;
  const { text, embedding, traceState } = row;
  const more = {
    model,
    policy,
    weight,
    latencyMs,
    receivedAtMs,
    source,
    num,
    cat,
    missing,
    text,
    embedding,
    segments,
    upstream,
    traceState,
  };
  const { contract, violations, quarantined, copies } = row;
  const replayedAtMs = row.replayed === 0 ? null : row.replayed;
  const held = { contract, violations, quarantined: Boolean(quarantined), replayedAtMs };
  return { ...toRecord(row), ...more, ...held, spanId: idOrNone(row.span), copies };
}

function toSpan(row: RawSpan): SpanRecord {
  const { attr_str, attr_int, attr_num, attr_bool, attr_json, trace, span, parent, ...rest } = row;
  const json = Object.entries(attr_json).map(([key, text]) => [key, parsed(text)]);
  return {
    ...rest,
    traceId: trace,
    spanId: span,
    parentSpanId: idOrNone(parent),
    attributes: { ...attr_str, ...attr_int, ...attr_num, ...attr_bool, ...Object.fromEntries(json) },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
