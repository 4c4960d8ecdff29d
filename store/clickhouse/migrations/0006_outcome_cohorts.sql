-- Decisions of one hour, counted by what was decided, what turned out true, how sure the model was and how long the label
-- took. A performance monitor reads these and never the decisions. An hour is restated as a whole: of each hour only rows
-- with its latest computed_at count, so what is no longer so is simply not among them.
CREATE TABLE IF NOT EXISTS outcome_cohorts (
  project LowCardinality(String),
  system LowCardinality(String),
  monitor LowCardinality(String),
  hour DateTime('UTC'),
  -- '' is everything; otherwise key=value.
  segment LowCardinality(String),
  model_version LowCardinality(String),
  -- Both '' for numbers that are predicted.
  value LowCardinality(String),
  truth LowCardinality(String),
  truth_by Enum8('none' = 0, 'label' = 1, 'ruling' = 2),
  -- Of the probability, or of any other score: see store/clickhouse/cohorts-sql.ts.
  bin Int32,
  -- Index of the stretch after the decision in which the label came; 255: it has not.
  delay UInt8,
  n UInt64,
  p_sum Float64,
  p_sq Float64,
  log_p Float64,
  log_q Float64,
  error_sum Float64,
  error_abs Float64,
  error_sq Float64,
  error_quad Float64,
  ape_n UInt64,
  ape_sum Float64,
  ape_sq Float64,
  truth_sum Float64,
  truth_sq Float64,
  computed_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(hour)
ORDER BY (project, monitor, hour, segment, model_version, value, truth, truth_by, bin, delay)
SETTINGS {durable};

-- What was said of a window before its labels were there, and what came of it.
CREATE TABLE IF NOT EXISTS performance_estimates (
  project LowCardinality(String),
  system LowCardinality(String),
  monitor LowCardinality(String),
  metric LowCardinality(String),
  window_start DateTime64(3, 'UTC'),
  window_end DateTime64(3, 'UTC'),
  estimate Float64,
  low Float64,
  high Float64,
  n UInt64,
  realised Nullable(Float64),
  realised_n UInt64,
  computed_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(window_end)
ORDER BY (project, monitor, metric, window_end, window_start)
SETTINGS {durable};
