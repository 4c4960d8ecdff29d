-- Logs and metrics beside the spans, and all three under the names that tools for OpenTelemetry data know.

CREATE TABLE IF NOT EXISTS logs (
  project LowCardinality(String),
  -- When it happened; when it was observed, if the sender does not say.
  time DateTime64(9, 'UTC'),
  observed_time DateTime64(9, 'UTC'),
  -- All zero when the record belongs to no trace.
  trace_id FixedString(16),
  span_id FixedString(8),
  flags UInt32,
  severity_number UInt8,
  severity_text LowCardinality(String),
  service LowCardinality(String),
  event_name LowCardinality(String),
  -- What the body is: 0 nothing, 1 text, 2 boolean, 3 integer, 4 double, 5 array, 6 key-value list, 7 bytes.
  body_kind UInt8,
  -- Text as it is, numbers in decimal, 5 to 7 as OTLP JSON of the AnyValue.
  body String,
  attr_str Map(LowCardinality(String), String),
  attr_int Map(LowCardinality(String), Int64),
  attr_num Map(LowCardinality(String), Float64),
  attr_bool Map(LowCardinality(String), Bool),
  attr_json Map(LowCardinality(String), String),
  resource Map(LowCardinality(String), String),
  resource_schema_url LowCardinality(String),
  scope_name LowCardinality(String),
  scope_version LowCardinality(String),
  scope_attributes Map(LowCardinality(String), String),
  scope_schema_url LowCardinality(String),
  -- Of the row and of its position among its equals in the request: tells a resend, for a log record has no id.
  record_hash UInt64,
  received_at DateTime64(3, 'UTC'),
  loaded_at DateTime64(3, 'UTC'),
  loader LowCardinality(String),
  batch String,
  INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX by_time time TYPE minmax GRANULARITY 1,
  INDEX by_batch batch TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (project, service, toStartOfHour(time), severity_number, time)
SETTINGS {durable};

-- One row per data point of any kind. One table, because each costs an insert with its fsyncs per segment, and columns
-- that a kind does not have cost nothing.
CREATE TABLE IF NOT EXISTS metrics (
  project LowCardinality(String),
  service LowCardinality(String),
  metric LowCardinality(String),
  description LowCardinality(String),
  unit LowCardinality(String),
  kind Enum8('gauge' = 1, 'sum' = 2, 'histogram' = 3, 'exponential_histogram' = 4, 'summary' = 5),
  -- 0 unspecified, 1 delta, 2 cumulative.
  temporality UInt8,
  is_monotonic Bool,
  start_time DateTime64(9, 'UTC'),
  time DateTime64(9, 'UTC'),
  -- Bit 0: no value was recorded.
  flags UInt32,
  attr_str Map(LowCardinality(String), String),
  attr_int Map(LowCardinality(String), Int64),
  attr_num Map(LowCardinality(String), Float64),
  attr_bool Map(LowCardinality(String), Bool),
  attr_json Map(LowCardinality(String), String),
  -- Gauge and sum; int_value beside it when the number came as an integer, which a double may not hold.
  value Nullable(Float64),
  int_value Nullable(Int64),
  -- Histograms and summary.
  count UInt64,
  sum Nullable(Float64),
  min Nullable(Float64),
  max Nullable(Float64),
  -- Explicit buckets: one more than there are bounds.
  bucket_counts Array(UInt64),
  bounds Array(Float64),
  -- Exponential buckets.
  scale Int32,
  zero_count UInt64,
  zero_threshold Float64,
  positive_offset Int32,
  positive_counts Array(UInt64),
  negative_offset Int32,
  negative_counts Array(UInt64),
  -- Summary.
  quantiles Array(Float64),
  quantile_values Array(Float64),
  -- OTLP JSON array; empty text when there are none.
  exemplars String,
  resource Map(LowCardinality(String), String),
  resource_schema_url LowCardinality(String),
  scope_name LowCardinality(String),
  scope_version LowCardinality(String),
  scope_attributes Map(LowCardinality(String), String),
  scope_schema_url LowCardinality(String),
  record_hash UInt64,
  received_at DateTime64(3, 'UTC'),
  loaded_at DateTime64(3, 'UTC'),
  loader LowCardinality(String),
  batch String,
  INDEX by_time time TYPE minmax GRANULARITY 1,
  INDEX by_batch batch TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (project, metric, service, toStartOfHour(time), time)
SETTINGS {durable};

ALTER TABLE ledger MODIFY COLUMN signal
  Enum8('spans' = 1, 'decisions' = 2, 'outcomes' = 3, 'logs' = 4, 'metrics' = 5);

-- From here on: the column names of the OpenTelemetry Collector's ClickHouse exporter. Repeats that arrived through
-- different collectors are not folded here.

CREATE VIEW IF NOT EXISTS otel_traces AS SELECT
  start_time AS Timestamp,
  lower(hex(trace_id)) AS TraceId,
  lower(hex(span_id)) AS SpanId,
  if(parent_span_id = toFixedString('', 8), '', lower(hex(parent_span_id))) AS ParentSpanId,
  trace_state AS TraceState,
  name AS SpanName,
  transform(kind, [1, 2, 3, 4, 5], ['Internal', 'Server', 'Client', 'Producer', 'Consumer'], 'Unspecified') AS SpanKind,
  service AS ServiceName,
  resource AS ResourceAttributes,
  scope_name AS ScopeName,
  scope_version AS ScopeVersion,
  mapConcat(attr_str, CAST(attr_int, 'Map(LowCardinality(String), String)'),
    CAST(attr_num, 'Map(LowCardinality(String), String)'), CAST(attr_bool, 'Map(LowCardinality(String), String)'), attr_json) AS SpanAttributes,
  duration_ns AS Duration,
  transform(status_code, [1, 2], ['Ok', 'Error'], 'Unset') AS StatusCode,
  status_message AS StatusMessage,
  arrayMap(e -> fromUnixTimestamp64Nano(JSONExtractInt(e, 'timeUnixNano'), 'UTC'), JSONExtractArrayRaw(events)) AS `Events.Timestamp`,
  arrayMap(e -> JSONExtractString(e, 'name'), JSONExtractArrayRaw(events)) AS `Events.Name`,
  arrayMap(e -> CAST(arrayMap(a -> (JSONExtractString(a, 'key'), if(JSONHas(a, 'value', 'stringValue'),
    JSONExtractString(a, 'value', 'stringValue'), trim(BOTH '"' FROM JSONExtractKeysAndValuesRaw(a, 'value')[1].2))),
    JSONExtractArrayRaw(e, 'attributes')), 'Map(LowCardinality(String), String)'), JSONExtractArrayRaw(events)) AS `Events.Attributes`,
  arrayMap(l -> JSONExtractString(l, 'traceId'), JSONExtractArrayRaw(links)) AS `Links.TraceId`,
  arrayMap(l -> JSONExtractString(l, 'spanId'), JSONExtractArrayRaw(links)) AS `Links.SpanId`,
  arrayMap(l -> JSONExtractString(l, 'traceState'), JSONExtractArrayRaw(links)) AS `Links.TraceState`,
  arrayMap(l -> CAST(arrayMap(a -> (JSONExtractString(a, 'key'), if(JSONHas(a, 'value', 'stringValue'),
    JSONExtractString(a, 'value', 'stringValue'), trim(BOTH '"' FROM JSONExtractKeysAndValuesRaw(a, 'value')[1].2))),
    JSONExtractArrayRaw(l, 'attributes')), 'Map(LowCardinality(String), String)'), JSONExtractArrayRaw(links)) AS `Links.Attributes`,
  project AS LeewayProject
FROM spans;

CREATE VIEW IF NOT EXISTS otel_logs AS SELECT
  time AS Timestamp,
  toDateTime(time, 'UTC') AS TimestampTime,
  if(trace_id = toFixedString('', 16), '', lower(hex(trace_id))) AS TraceId,
  if(span_id = toFixedString('', 8), '', lower(hex(span_id))) AS SpanId,
  toUInt8(bitAnd(flags, 255)) AS TraceFlags,
  severity_text AS SeverityText,
  severity_number AS SeverityNumber,
  service AS ServiceName,
  body AS Body,
  resource_schema_url AS ResourceSchemaUrl,
  resource AS ResourceAttributes,
  scope_schema_url AS ScopeSchemaUrl,
  scope_name AS ScopeName,
  scope_version AS ScopeVersion,
  scope_attributes AS ScopeAttributes,
  mapConcat(attr_str, CAST(attr_int, 'Map(LowCardinality(String), String)'),
    CAST(attr_num, 'Map(LowCardinality(String), String)'), CAST(attr_bool, 'Map(LowCardinality(String), String)'), attr_json) AS LogAttributes,
  event_name AS EventName,
  project AS LeewayProject
FROM logs;

-- The exporter has no null: where OTLP leaves sum, min, max or a value out, it writes 0, and so do these views.

CREATE VIEW IF NOT EXISTS otel_metrics_gauge AS SELECT
  resource AS ResourceAttributes,
  resource_schema_url AS ResourceSchemaUrl,
  scope_name AS ScopeName,
  scope_version AS ScopeVersion,
  scope_attributes AS ScopeAttributes,
  toUInt32(0) AS ScopeDroppedAttrCount,
  scope_schema_url AS ScopeSchemaUrl,
  service AS ServiceName,
  metric AS MetricName,
  description AS MetricDescription,
  unit AS MetricUnit,
  mapConcat(attr_str, CAST(attr_int, 'Map(LowCardinality(String), String)'),
    CAST(attr_num, 'Map(LowCardinality(String), String)'), CAST(attr_bool, 'Map(LowCardinality(String), String)'), attr_json) AS Attributes,
  start_time AS StartTimeUnix,
  time AS TimeUnix,
  ifNull(value, 0) AS Value,
  flags AS Flags,
  arrayMap(e -> CAST(arrayMap(a -> (JSONExtractString(a, 'key'), if(JSONHas(a, 'value', 'stringValue'),
    JSONExtractString(a, 'value', 'stringValue'), trim(BOTH '"' FROM JSONExtractKeysAndValuesRaw(a, 'value')[1].2))),
    JSONExtractArrayRaw(e, 'filteredAttributes')), 'Map(LowCardinality(String), String)'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.FilteredAttributes`,
  arrayMap(e -> fromUnixTimestamp64Nano(JSONExtractInt(e, 'timeUnixNano'), 'UTC'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.TimeUnix`,
  arrayMap(e -> if(JSONHas(e, 'asInt'), toFloat64(JSONExtractInt(e, 'asInt')), JSONExtractFloat(e, 'asDouble')),
    JSONExtractArrayRaw(exemplars)) AS `Exemplars.Value`,
  arrayMap(e -> JSONExtractString(e, 'spanId'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.SpanId`,
  arrayMap(e -> JSONExtractString(e, 'traceId'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.TraceId`,
  project AS LeewayProject
FROM metrics WHERE kind = 'gauge';

CREATE VIEW IF NOT EXISTS otel_metrics_sum AS SELECT
  resource AS ResourceAttributes,
  resource_schema_url AS ResourceSchemaUrl,
  scope_name AS ScopeName,
  scope_version AS ScopeVersion,
  scope_attributes AS ScopeAttributes,
  toUInt32(0) AS ScopeDroppedAttrCount,
  scope_schema_url AS ScopeSchemaUrl,
  service AS ServiceName,
  metric AS MetricName,
  description AS MetricDescription,
  unit AS MetricUnit,
  mapConcat(attr_str, CAST(attr_int, 'Map(LowCardinality(String), String)'),
    CAST(attr_num, 'Map(LowCardinality(String), String)'), CAST(attr_bool, 'Map(LowCardinality(String), String)'), attr_json) AS Attributes,
  start_time AS StartTimeUnix,
  time AS TimeUnix,
  ifNull(value, 0) AS Value,
  flags AS Flags,
  arrayMap(e -> CAST(arrayMap(a -> (JSONExtractString(a, 'key'), if(JSONHas(a, 'value', 'stringValue'),
    JSONExtractString(a, 'value', 'stringValue'), trim(BOTH '"' FROM JSONExtractKeysAndValuesRaw(a, 'value')[1].2))),
    JSONExtractArrayRaw(e, 'filteredAttributes')), 'Map(LowCardinality(String), String)'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.FilteredAttributes`,
  arrayMap(e -> fromUnixTimestamp64Nano(JSONExtractInt(e, 'timeUnixNano'), 'UTC'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.TimeUnix`,
  arrayMap(e -> if(JSONHas(e, 'asInt'), toFloat64(JSONExtractInt(e, 'asInt')), JSONExtractFloat(e, 'asDouble')),
    JSONExtractArrayRaw(exemplars)) AS `Exemplars.Value`,
  arrayMap(e -> JSONExtractString(e, 'spanId'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.SpanId`,
  arrayMap(e -> JSONExtractString(e, 'traceId'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.TraceId`,
  toInt32(temporality) AS AggregationTemporality,
  is_monotonic AS IsMonotonic,
  project AS LeewayProject
FROM metrics WHERE kind = 'sum';

CREATE VIEW IF NOT EXISTS otel_metrics_histogram AS SELECT
  resource AS ResourceAttributes,
  resource_schema_url AS ResourceSchemaUrl,
  scope_name AS ScopeName,
  scope_version AS ScopeVersion,
  scope_attributes AS ScopeAttributes,
  toUInt32(0) AS ScopeDroppedAttrCount,
  scope_schema_url AS ScopeSchemaUrl,
  service AS ServiceName,
  metric AS MetricName,
  description AS MetricDescription,
  unit AS MetricUnit,
  mapConcat(attr_str, CAST(attr_int, 'Map(LowCardinality(String), String)'),
    CAST(attr_num, 'Map(LowCardinality(String), String)'), CAST(attr_bool, 'Map(LowCardinality(String), String)'), attr_json) AS Attributes,
  start_time AS StartTimeUnix,
  time AS TimeUnix,
  count AS Count,
  ifNull(sum, 0) AS Sum,
  bucket_counts AS BucketCounts,
  bounds AS ExplicitBounds,
  arrayMap(e -> CAST(arrayMap(a -> (JSONExtractString(a, 'key'), if(JSONHas(a, 'value', 'stringValue'),
    JSONExtractString(a, 'value', 'stringValue'), trim(BOTH '"' FROM JSONExtractKeysAndValuesRaw(a, 'value')[1].2))),
    JSONExtractArrayRaw(e, 'filteredAttributes')), 'Map(LowCardinality(String), String)'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.FilteredAttributes`,
  arrayMap(e -> fromUnixTimestamp64Nano(JSONExtractInt(e, 'timeUnixNano'), 'UTC'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.TimeUnix`,
  arrayMap(e -> if(JSONHas(e, 'asInt'), toFloat64(JSONExtractInt(e, 'asInt')), JSONExtractFloat(e, 'asDouble')),
    JSONExtractArrayRaw(exemplars)) AS `Exemplars.Value`,
  arrayMap(e -> JSONExtractString(e, 'spanId'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.SpanId`,
  arrayMap(e -> JSONExtractString(e, 'traceId'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.TraceId`,
  flags AS Flags,
  ifNull(min, 0) AS Min,
  ifNull(max, 0) AS Max,
  toInt32(temporality) AS AggregationTemporality,
  project AS LeewayProject
FROM metrics WHERE kind = 'histogram';

CREATE VIEW IF NOT EXISTS otel_metrics_exponential_histogram AS SELECT
  resource AS ResourceAttributes,
  resource_schema_url AS ResourceSchemaUrl,
  scope_name AS ScopeName,
  scope_version AS ScopeVersion,
  scope_attributes AS ScopeAttributes,
  toUInt32(0) AS ScopeDroppedAttrCount,
  scope_schema_url AS ScopeSchemaUrl,
  service AS ServiceName,
  metric AS MetricName,
  description AS MetricDescription,
  unit AS MetricUnit,
  mapConcat(attr_str, CAST(attr_int, 'Map(LowCardinality(String), String)'),
    CAST(attr_num, 'Map(LowCardinality(String), String)'), CAST(attr_bool, 'Map(LowCardinality(String), String)'), attr_json) AS Attributes,
  start_time AS StartTimeUnix,
  time AS TimeUnix,
  count AS Count,
  ifNull(sum, 0) AS Sum,
  scale AS Scale,
  zero_count AS ZeroCount,
  positive_offset AS PositiveOffset,
  positive_counts AS PositiveBucketCounts,
  negative_offset AS NegativeOffset,
  negative_counts AS NegativeBucketCounts,
  arrayMap(e -> CAST(arrayMap(a -> (JSONExtractString(a, 'key'), if(JSONHas(a, 'value', 'stringValue'),
    JSONExtractString(a, 'value', 'stringValue'), trim(BOTH '"' FROM JSONExtractKeysAndValuesRaw(a, 'value')[1].2))),
    JSONExtractArrayRaw(e, 'filteredAttributes')), 'Map(LowCardinality(String), String)'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.FilteredAttributes`,
  arrayMap(e -> fromUnixTimestamp64Nano(JSONExtractInt(e, 'timeUnixNano'), 'UTC'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.TimeUnix`,
  arrayMap(e -> if(JSONHas(e, 'asInt'), toFloat64(JSONExtractInt(e, 'asInt')), JSONExtractFloat(e, 'asDouble')),
    JSONExtractArrayRaw(exemplars)) AS `Exemplars.Value`,
  arrayMap(e -> JSONExtractString(e, 'spanId'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.SpanId`,
  arrayMap(e -> JSONExtractString(e, 'traceId'), JSONExtractArrayRaw(exemplars)) AS `Exemplars.TraceId`,
  flags AS Flags,
  ifNull(min, 0) AS Min,
  ifNull(max, 0) AS Max,
  toInt32(temporality) AS AggregationTemporality,
  project AS LeewayProject
FROM metrics WHERE kind = 'exponential_histogram';

CREATE VIEW IF NOT EXISTS otel_metrics_summary AS SELECT
  resource AS ResourceAttributes,
  resource_schema_url AS ResourceSchemaUrl,
  scope_name AS ScopeName,
  scope_version AS ScopeVersion,
  scope_attributes AS ScopeAttributes,
  toUInt32(0) AS ScopeDroppedAttrCount,
  scope_schema_url AS ScopeSchemaUrl,
  service AS ServiceName,
  metric AS MetricName,
  description AS MetricDescription,
  unit AS MetricUnit,
  mapConcat(attr_str, CAST(attr_int, 'Map(LowCardinality(String), String)'),
    CAST(attr_num, 'Map(LowCardinality(String), String)'), CAST(attr_bool, 'Map(LowCardinality(String), String)'), attr_json) AS Attributes,
  start_time AS StartTimeUnix,
  time AS TimeUnix,
  count AS Count,
  ifNull(sum, 0) AS Sum,
  quantiles AS `ValueAtQuantiles.Quantile`,
  quantile_values AS `ValueAtQuantiles.Value`,
  flags AS Flags,
  project AS LeewayProject
FROM metrics WHERE kind = 'summary';
