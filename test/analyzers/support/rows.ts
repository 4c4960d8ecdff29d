const instant = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

export type DecisionFixture = {
  readonly project: string;
  readonly id: string;
  readonly timeMs: number;
  readonly system?: string;
  readonly value?: string;
  readonly version?: string;
  readonly actor?: 'ai' | 'human' | 'both';
  readonly route?: 'auto' | 'review';
  readonly latencyMs?: number;
  readonly score?: number;
  readonly num?: Readonly<Record<string, number>>;
  readonly cat?: Readonly<Record<string, string>>;
  readonly missing?: readonly string[];
  readonly text?: Readonly<Record<string, string>>;
  readonly embedding?: Readonly<Record<string, readonly number[]>>;
  readonly confidence?: number;
  readonly segments?: Readonly<Record<string, string>>;
  readonly upstream?: readonly string[];
  readonly loader?: string;
  readonly loadedAtMs?: number;
  readonly quarantined?: boolean;
  /** Held against a contract again then; the row counts in place of the one that came in. */
  readonly replayedAtMs?: number;
};

/** A row of `decisions` as a loader would write it. */
export const decisionRow = (d: DecisionFixture): Record<string, unknown> => ({
  project: d.project,
  system: d.system ?? 'flights',
  decision_id: d.id,
  time: instant(d.timeMs),
  value: d.value ?? 'go',
  actor: d.actor ?? 'ai',
  model_version: d.version ?? '',
  score: d.score ?? null,
  confidence: d.confidence ?? null,
  route: d.route ?? 'auto',
  weight: 1,
  latency_ns: d.latencyMs === undefined ? null : String(Math.round(d.latencyMs * 1e6)),
  num: d.num ?? {},
  cat: d.cat ?? {},
  missing: d.missing ?? [],
  text: d.text ?? {},
  embedding: d.embedding ?? {},
  segments: d.segments ?? {},
  upstream: d.upstream ?? [],
  source: 'json',
  quarantined: d.quarantined ?? false,
  ...(d.replayedAtMs === undefined ? {} : { replayed_at: instant(d.replayedAtMs) }),
  received_at: instant(d.loadedAtMs ?? d.timeMs),
  loaded_at: instant(d.loadedAtMs ?? d.timeMs),
  loader: d.loader ?? 'one',
  batch: 'b',
});

export type OutcomeFixture = {
  readonly project: string;
  readonly id: string;
  readonly timeMs: number;
  readonly value: string;
  readonly kind?: 'label' | 'ruling';
  readonly system?: string;
  readonly loader?: string;
  readonly loadedAtMs?: number;
};

/** A row of `outcomes`. */
export const outcomeRow = (o: OutcomeFixture): Record<string, unknown> => ({
  project: o.project,
  system: o.system ?? 'flights',
  decision_id: o.id,
  time: instant(o.timeMs),
  kind: o.kind ?? 'label',
  value: o.value,
  received_at: instant(o.loadedAtMs ?? o.timeMs),
  loaded_at: instant(o.loadedAtMs ?? o.timeMs),
  loader: o.loader ?? 'one',
  batch: 'b',
});
