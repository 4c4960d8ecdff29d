-- Telemetry: immutable wide rows. One row per span, decision and outcome; one per feature and minute for profiles.
-- {durable} stands for the settings every table carries (fsync, deduplication window): see migrate.ts.

CREATE TABLE IF NOT EXISTS spans (
  project LowCardinality(String),
  trace_id FixedString(16),
  span_id FixedString(8),
  parent_span_id FixedString(8),
  trace_state String,
  service LowCardinality(String),
  name LowCardinality(String),
  kind UInt8,
  start_time DateTime64(9, 'UTC'),
  duration_ns UInt64,
  status_code UInt8,
  status_message String,
  attr_str Map(LowCardinality(String), String),
  attr_int Map(LowCardinality(String), Int64),
  attr_num Map(LowCardinality(String), Float64),
  attr_bool Map(LowCardinality(String), Bool),
  -- Arrays, key-value lists and bytes, each as OTLP JSON of its AnyValue, so that the type is kept.
  attr_json Map(LowCardinality(String), String),
  resource Map(LowCardinality(String), String),
  scope_name LowCardinality(String),
  scope_version LowCardinality(String),
  -- OTLP JSON arrays; empty text when there are none.
  events String,
  links String,
  received_at DateTime64(3, 'UTC'),
  loaded_at DateTime64(3, 'UTC'),
  loader LowCardinality(String),
  batch String,
  INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX by_batch batch TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = MergeTree
PARTITION BY toYYYYMM(start_time)
ORDER BY (project, service, toStartOfHour(start_time), name, start_time)
SETTINGS {durable};

CREATE TABLE IF NOT EXISTS decisions (
  project LowCardinality(String),
  system LowCardinality(String),
  decision_id String,
  time DateTime64(9, 'UTC'),
  value LowCardinality(String),
  actor Enum8('ai' = 1, 'human' = 2, 'both' = 3),
  model LowCardinality(String),
  model_version LowCardinality(String),
  policy LowCardinality(String),
  policy_version LowCardinality(String),
  score Nullable(Float64),
  confidence Nullable(Float64),
  route Enum8('auto' = 1, 'review' = 2),
  weight Float64,
  latency_ns Nullable(UInt64),
  num Map(LowCardinality(String), Float64),
  cat Map(LowCardinality(String), LowCardinality(String)),
  -- Features that were asked for and missing.
  missing Array(LowCardinality(String)),
  segments Map(LowCardinality(String), LowCardinality(String)),
  upstream Array(String),
  trace_id FixedString(16),
  span_id FixedString(8),
  source Enum8('otlp' = 1, 'json' = 2),
  received_at DateTime64(3, 'UTC'),
  loaded_at DateTime64(3, 'UTC'),
  loader LowCardinality(String),
  batch String,
  INDEX by_id decision_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX by_loaded loaded_at TYPE minmax GRANULARITY 1,
  INDEX by_batch batch TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (project, system, time)
SETTINGS {durable};

CREATE TABLE IF NOT EXISTS outcomes (
  project LowCardinality(String),
  system LowCardinality(String),
  decision_id String,
  -- When it became known.
  time DateTime64(9, 'UTC'),
  kind Enum8('label' = 1, 'ruling' = 2),
  value LowCardinality(String),
  by LowCardinality(String),
  note String,
  received_at DateTime64(3, 'UTC'),
  loaded_at DateTime64(3, 'UTC'),
  loader LowCardinality(String),
  batch String,
  INDEX by_id decision_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX by_loaded loaded_at TYPE minmax GRANULARITY 1,
  INDEX by_batch batch TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (project, system, time)
SETTINGS {durable};

-- What came in, by the minute of its receipt: received = stored + rejected + deduplicated (+ pending, which is in the spool).
CREATE TABLE IF NOT EXISTS ledger (
  project LowCardinality(String),
  minute DateTime('UTC'),
  signal Enum8('spans' = 1, 'decisions' = 2, 'outcomes' = 3),
  received UInt64,
  stored UInt64,
  deduplicated UInt64,
  rejected Map(LowCardinality(String), UInt64),
  batch String,
  INDEX by_batch batch TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = MergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (project, minute, signal)
SETTINGS {durable};

-- Mergeable summary of one feature in one minute. A restatement is a row with a later computed_at; readers take the last.
CREATE TABLE IF NOT EXISTS feature_profiles (
  project LowCardinality(String),
  system LowCardinality(String),
  feature LowCardinality(String),
  model_version LowCardinality(String),
  -- '' is everything; otherwise key=value.
  segment LowCardinality(String),
  minute DateTime('UTC'),
  kind Enum8('numeric' = 1, 'categorical' = 2),
  n UInt64,
  missing UInt64,
  sum Float64,
  sum_sq Float64,
  min Float64,
  max Float64,
  -- Numeric: count per logarithmic bin, relative width 2 % (see store/clickhouse/profiles.ts); key 0 is exactly zero.
  bins Map(Int32, UInt64),
  -- Categorical: count per value, the most frequent of the minute; the rest under the key '\0other'.
  categories Map(String, UInt64),
  computed_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(minute)
ORDER BY (project, system, feature, model_version, segment, minute, kind)
SETTINGS {durable};

CREATE TABLE IF NOT EXISTS slo_minutes (
  project LowCardinality(String),
  system LowCardinality(String),
  slo LowCardinality(String),
  model_version LowCardinality(String),
  minute DateTime('UTC'),
  good UInt64,
  total UInt64,
  computed_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(minute)
ORDER BY (project, slo, model_version, minute)
SETTINGS {durable};

CREATE TABLE IF NOT EXISTS findings (
  project LowCardinality(String),
  system LowCardinality(String),
  id String,
  monitor LowCardinality(String),
  kind Enum8('drift' = 1, 'quality' = 2, 'slo' = 3),
  subject LowCardinality(String),
  model_version LowCardinality(String),
  segment LowCardinality(String),
  verdict Enum8('ok' = 1, 'drift' = 2, 'burning' = 3, 'breach' = 4, 'not_enough_data' = 5, 'blind' = 6),
  severity Enum8('page' = 1, 'ticket' = 2, 'log' = 3),
  statistic LowCardinality(String),
  value Nullable(Float64),
  `limit` Nullable(Float64),
  n UInt64,
  n_reference UInt64,
  onset Nullable(DateTime64(3, 'UTC')),
  window_start DateTime64(3, 'UTC'),
  window_end DateTime64(3, 'UTC'),
  evaluated_at DateTime64(3, 'UTC'),
  sentence String,
  evidence String,
  INDEX by_id id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX by_evaluated evaluated_at TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(evaluated_at)
PARTITION BY toYYYYMM(window_end)
ORDER BY (project, system, monitor, subject, model_version, segment, statistic, window_end, id)
SETTINGS {durable};
