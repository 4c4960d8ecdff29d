import type { ClickhouseDb } from '../../../store/ports/clickhouse.ts';

/** A decision as a test means it; the seed writes the row that the collector would. */
export type SeedDecision = {
  readonly id: string;
  readonly system: string;
  readonly timeMs: number;
  readonly value: string;
  readonly actor?: 'ai' | 'human' | 'both';
  readonly version?: string;
  readonly route?: 'auto' | 'review';
  readonly score?: number | null;
  readonly latencyMs?: number;
  readonly num?: Readonly<Record<string, number>>;
  readonly cat?: Readonly<Record<string, string>>;
  readonly missing?: readonly string[];
  readonly segments?: Readonly<Record<string, string>>;
  readonly upstream?: readonly string[];
  /** Exactly 16 ASCII characters; their bytes are the trace id. */
  readonly trace?: string;
  readonly receivedAtMs?: number;
};
export type SeedOutcome = {
  readonly id: string;
  readonly system: string;
  readonly timeMs: number;
  readonly kind?: 'label' | 'ruling';
  readonly value: string;
  readonly by?: string;
};

const at = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
const ZERO_TRACE = '\0'.repeat(16);

export async function seedDecisions(
  db: ClickhouseDb,
  project: string,
  decisions: readonly SeedDecision[],
): Promise<void> {
  const rows = decisions.map((d) => ({
    project,
    system: d.system,
    decision_id: d.id,
    time: at(d.timeMs),
    value: d.value,
    actor: d.actor ?? 'ai',
    model: 'm',
    model_version: d.version ?? '1',
    policy: 'p',
    policy_version: '7',
    score: d.score ?? null,
    confidence: null,
    route: d.route ?? 'auto',
    weight: 1,
    latency_ns: d.latencyMs === undefined ? null : String(d.latencyMs * 1_000_000),
    num: d.num ?? {},
    cat: d.cat ?? {},
    missing: d.missing ?? [],
    segments: d.segments ?? {},
    upstream: d.upstream ?? [],
    trace_id: d.trace ?? ZERO_TRACE,
    span_id: '\0'.repeat(8),
    source: 'json',
    received_at: at(d.receivedAtMs ?? d.timeMs + 1_000),
    loaded_at: at(d.timeMs + 2_000),
    loader: 'seed',
    batch: 'seed',
  }));
  for (const part of byMonth(rows)) await db.insertRows('decisions', part);
}

export async function seedOutcomes(
  db: ClickhouseDb,
  project: string,
  outcomes: readonly SeedOutcome[],
): Promise<void> {
  const rows = outcomes.map((o) => ({
    project,
    system: o.system,
    decision_id: o.id,
    time: at(o.timeMs),
    kind: o.kind ?? 'label',
    value: o.value,
    by: o.by ?? '',
    note: '',
    received_at: at(o.timeMs + 1_000),
    loaded_at: at(o.timeMs + 2_000),
    loader: 'seed',
    batch: 'seed',
  }));
  for (const part of byMonth(rows)) await db.insertRows('outcomes', part);
}

export type SeedSloMinute = {
  readonly slo: string;
  readonly system: string;
  readonly minuteMs: number;
  readonly good: number;
  readonly total: number;
  readonly version?: string;
  /** A later one restates the minute. */
  readonly computedAtMs?: number;
};
export async function seedSloMinutes(db: ClickhouseDb, project: string, minutes: readonly SeedSloMinute[]) {
  await db.insertRows(
    'slo_minutes',
    minutes.map((m) => ({
      project,
      system: m.system,
      slo: m.slo,
      model_version: m.version ?? '1',
      minute: Math.floor(m.minuteMs / 1_000),
      good: m.good,
      total: m.total,
      computed_at: at(m.computedAtMs ?? m.minuteMs + 60_000),
    })),
  );
}

export type SeedProfile = {
  readonly system: string;
  readonly feature: string;
  readonly minuteMs: number;
  readonly kind?: 'numeric' | 'categorical';
  readonly n: number;
  readonly missing?: number;
  readonly sum?: number;
  readonly sumSq?: number;
  readonly min?: number;
  readonly max?: number;
  readonly bins?: Readonly<Record<string, number>>;
  readonly categories?: Readonly<Record<string, number>>;
  readonly version?: string;
  readonly computedAtMs?: number;
};
export async function seedProfiles(db: ClickhouseDb, project: string, profiles: readonly SeedProfile[]) {
  await db.insertRows(
    'feature_profiles',
    profiles.map((p) => ({
      project,
      system: p.system,
      feature: p.feature,
      model_version: p.version ?? '1',
      segment: '',
      minute: Math.floor(p.minuteMs / 1_000),
      kind: p.kind ?? 'numeric',
      n: p.n,
      missing: p.missing ?? 0,
      sum: p.sum ?? 0,
      sum_sq: p.sumSq ?? 0,
      min: p.min ?? 0,
      max: p.max ?? 0,
      bins: p.bins ?? {},
      categories: p.categories ?? {},
      computed_at: at(p.computedAtMs ?? p.minuteMs + 60_000),
    })),
  );
}

export type SeedSpan = {
  readonly trace: string;
  readonly span: string;
  readonly parent?: string;
  readonly state?: string;
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
};
export async function seedSpans(db: ClickhouseDb, project: string, spans: readonly SeedSpan[]) {
  await db.insertRows(
    'spans',
    spans.map((s) => ({
      project,
      trace_id: s.trace,
      span_id: s.span,
      parent_span_id: s.parent ?? '\0'.repeat(8),
      trace_state: s.state ?? '',
      service: 'svc',
      name: s.name,
      kind: 2,
      start_time: at(s.startMs),
      duration_ns: String(s.durationMs * 1_000_000),
      status_code: 1,
      status_message: '',
      attr_str: { 'http.method': 'GET' },
      attr_int: { 'http.status': '200' },
      attr_num: { ratio: 0.5 },
      attr_bool: { cached: true },
      attr_json: { list: '{"arrayValue":{"values":[]}}' },
      resource: {},
      scope_name: '',
      scope_version: '',
      events: '',
      links: '',
      received_at: at(s.startMs),
      loaded_at: at(s.startMs),
      loader: 'seed',
      batch: 'seed',
    })),
  );
}

/** An insert must not cross too many partitions. */
function byMonth<R extends { readonly time: string }>(rows: readonly R[]): R[][] {
  return [...Map.groupBy(rows, (row) => row.time.slice(0, 7)).values()];
}

/** Numerical Recipes' linear congruential generator: the same history in every run. */
export function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
