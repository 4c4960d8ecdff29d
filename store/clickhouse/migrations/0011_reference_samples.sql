-- Decisions of windows that became references, drawn by the hash of their id: what must see the features of one case
-- together goes on comparing with them when the raw rows are gone.
CREATE TABLE IF NOT EXISTS reference_samples (
  project LowCardinality(String),
  reference String,
  decision_id String CODEC(ZSTD(1)),
  value LowCardinality(String),
  score Nullable(Float64),
  confidence Nullable(Float64),
  num Map(LowCardinality(String), Float64),
  cat Map(LowCardinality(String), LowCardinality(String)),
  missing Array(LowCardinality(String)),
  text Map(LowCardinality(String), String) CODEC(ZSTD(3)),
  embedding Map(LowCardinality(String), Array(Float32))
) ENGINE = MergeTree
ORDER BY (project, reference, decision_id)
SETTINGS {durable};
