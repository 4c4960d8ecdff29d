import { randomUUID } from 'node:crypto';
import type { ReviewDeps } from '../../alerts/review/deps.ts';
import type { ReviewEvent } from '../../alerts/review/events.ts';
import { createReview, type Review } from '../../alerts/review/review.ts';
import { createReviewSource } from '../../store/clickhouse/review.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { PROJECT, T0 } from './fixtures.ts';
import type { Stores } from './stores.ts';

export const engineTime = (ms: number): string =>
  new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

export type SeedDecision = {
  readonly id: string;
  readonly atMs?: number;
  readonly route?: 'auto' | 'review';
  readonly version?: string;
  readonly value?: string;
};

/** Rows as a loader writes them: one segment, one `loaded_at`. */
export async function loadDecisions(
  clickhouse: ClickhousePool,
  system: string,
  loader: string,
  loadedAtMs: number,
  decisions: readonly SeedDecision[],
): Promise<void> {
  const rows = decisions.map(({ id, atMs = T0, route = 'review', version = 'v1', value = 'hold' }) => ({
    project: PROJECT,
    system,
    decision_id: id,
    time: engineTime(atMs),
    value,
    route,
    model_version: version,
    weight: 1,
    loaded_at: engineTime(loadedAtMs),
    loader,
  }));
  await clickhouse.loader.insertRows('decisions', rows);
}

export type Setting = { readonly clock: { nowMs: number } } & Partial<
  Pick<ReviewDeps, 'telemetry' | 'instance' | 'source'>
>;

export function reviewOn(
  stores: Stores,
  clickhouse: ClickhousePool,
  setting: Setting,
): Review & { readonly events: ReviewEvent[] } {
  const events: ReviewEvent[] = [];
  const review = createReview({
    db: stores.db,
    store: stores.review,
    source: setting.source ?? createReviewSource(clickhouse.analyzers),
    telemetry: setting.telemetry ?? clickhouse.api,
    documents: stores.documents,
    gates: stores.gates,
    incidents: stores.incidents,
    audit: stores.audit,
    live: stores.live,
    projects: [PROJECT],
    instance: setting.instance ?? 'test',
    nowMs: () => setting.clock.nowMs,
    newId: randomUUID,
    emit: (event) => events.push(event),
  });
  return { ...review, events };
}

export const applyQueue = (stores: Stores, name: string, spec: Record<string, unknown>) =>
  stores.documents.apply(
    PROJECT,
    [{ apiVersion: 'leeway.dev/v1', kind: 'Queue', metadata: { name }, spec } as never],
    'test',
    0,
  );
export const applySystem = (stores: Stores, name: string, queue: string, deferred: readonly string[] = []) =>
  stores.documents.apply(
    PROJECT,
    [{ apiVersion: 'leeway.dev/v1', kind: 'System', metadata: { name }, spec: { queue, deferred } } as never],
    'test',
    0,
  );
/** How far analysis of a system has come. */
export const setWatermark = (stores: Stores, system: string, ms: number) =>
  stores.db.query(
    `INSERT INTO analysis_progress (project, system, watermark) VALUES ($1, $2, to_timestamp($3::float8 / 1000))
     ON CONFLICT (project, system) DO UPDATE SET watermark = EXCLUDED.watermark`,
    [PROJECT, system, ms],
  );

export type OutcomeRow = {
  readonly decision_id: string;
  readonly kind: string;
  readonly value: string;
  readonly by: string;
  readonly note: string;
  readonly atMs: number;
  readonly loadedAtMs: number;
  readonly loader: string;
};
export const outcomesOf = (clickhouse: ClickhousePool, system: string): Promise<OutcomeRow[]> =>
  clickhouse.api.query<OutcomeRow>({
    sql: `SELECT decision_id, toString(kind) AS kind, toString(value) AS value, toString(by) AS by, note,
      toFloat64(toUnixTimestamp64Milli(time)) AS atMs, toFloat64(toUnixTimestamp64Milli(loaded_at)) AS loadedAtMs, toString(loader) AS loader
      FROM outcomes WHERE project = {project:String} AND system = {system:String} ORDER BY loaded_at`,
    params: { project: PROJECT, system },
  });
