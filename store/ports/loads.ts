import type { ProjectId } from '../../model/ids.ts';

/** The tables that a collector fills. */
export const TELEMETRY_TABLES = ['spans', 'decisions', 'outcomes', 'logs', 'metrics'] as const;
export type TelemetryTable = (typeof TELEMETRY_TABLES)[number];

const METRIC_KIND =
  "Enum8('gauge' = 1, 'sum' = 2, 'histogram' = 3, 'exponential_histogram' = 4, 'summary' = 5)";

/** Attributes by their type, as OTLP tells them apart. */
const ATTRIBUTE_MAPS = [
  ['attr_str', 'Map(LowCardinality(String), String)'],
  ['attr_int', 'Map(LowCardinality(String), Int64)'],
  ['attr_num', 'Map(LowCardinality(String), Float64)'],
  ['attr_bool', 'Map(LowCardinality(String), Bool)'],
  ['attr_json', 'Map(LowCardinality(String), String)'],
] as const;

/** Where a log record or a data point comes from, and what tells a resend of it. */
const ORIGIN = [
  ['resource', 'Map(LowCardinality(String), String)'],
  ['resource_schema_url', 'LowCardinality(String)'],
  ['scope_name', 'LowCardinality(String)'],
  ['scope_version', 'LowCardinality(String)'],
  ['scope_attributes', 'Map(LowCardinality(String), String)'],
  ['scope_schema_url', 'LowCardinality(String)'],
  ['record_hash', 'UInt64'],
  ['received_at', "DateTime64(3, 'UTC')"],
] as const;

/** Columns of a row, in their order. */
export type RowLayout = readonly (readonly [name: string, type: string])[];

/**
 * The layout of a row as the collector writes it, in RowBinary. `loaded_at`, `loader` and `batch` are not in it:
 * they belong to the load, not to the record.
 */
export const ROW_LAYOUT: Record<TelemetryTable, RowLayout> = {
  spans: [
    ['project', 'LowCardinality(String)'],
    ['trace_id', 'FixedString(16)'],
    ['span_id', 'FixedString(8)'],
    ['parent_span_id', 'FixedString(8)'],
    ['trace_state', 'String'],
    ['service', 'LowCardinality(String)'],
    ['name', 'LowCardinality(String)'],
    ['kind', 'UInt8'],
    ['start_time', "DateTime64(9, 'UTC')"],
    ['duration_ns', 'UInt64'],
    ['status_code', 'UInt8'],
    ['status_message', 'String'],
    ...ATTRIBUTE_MAPS,
    ['resource', 'Map(LowCardinality(String), String)'],
    ['scope_name', 'LowCardinality(String)'],
    ['scope_version', 'LowCardinality(String)'],
    ['events', 'String'],
    ['links', 'String'],
    ['received_at', "DateTime64(3, 'UTC')"],
  ],
  decisions: [
    ['project', 'LowCardinality(String)'],
    ['system', 'LowCardinality(String)'],
    ['decision_id', 'String'],
    ['time', "DateTime64(9, 'UTC')"],
    ['value', 'LowCardinality(String)'],
    ['actor', "Enum8('ai' = 1, 'human' = 2, 'both' = 3)"],
    ['model', 'LowCardinality(String)'],
    ['model_version', 'LowCardinality(String)'],
    ['policy', 'LowCardinality(String)'],
    ['policy_version', 'LowCardinality(String)'],
    ['score', 'Nullable(Float64)'],
    ['confidence', 'Nullable(Float64)'],
    ['route', "Enum8('auto' = 1, 'review' = 2)"],
    ['weight', 'Float64'],
    ['latency_ns', 'Nullable(UInt64)'],
    ['num', 'Map(LowCardinality(String), Float64)'],
    ['cat', 'Map(LowCardinality(String), LowCardinality(String))'],
    ['missing', 'Array(LowCardinality(String))'],
    ['text', 'Map(LowCardinality(String), String)'],
    ['embedding', 'Map(LowCardinality(String), Array(Float32))'],
    ['segments', 'Map(LowCardinality(String), LowCardinality(String))'],
    ['upstream', 'Array(String)'],
    ['trace_id', 'FixedString(16)'],
    ['span_id', 'FixedString(8)'],
    ['trace_state', 'String'],
    ['source', "Enum8('otlp' = 1, 'json' = 2)"],
    ['contract', 'LowCardinality(String)'],
    ['violations', 'Array(LowCardinality(String))'],
    ['quarantined', 'Bool'],
    ['received_at', "DateTime64(3, 'UTC')"],
  ],
  outcomes: [
    ['project', 'LowCardinality(String)'],
    ['system', 'LowCardinality(String)'],
    ['decision_id', 'String'],
    ['time', "DateTime64(9, 'UTC')"],
    ['kind', "Enum8('label' = 1, 'ruling' = 2)"],
    ['value', 'LowCardinality(String)'],
    ['by', 'LowCardinality(String)'],
    ['note', 'String'],
    ['received_at', "DateTime64(3, 'UTC')"],
  ],
  logs: [
    ['project', 'LowCardinality(String)'],
    ['time', "DateTime64(9, 'UTC')"],
    ['observed_time', "DateTime64(9, 'UTC')"],
    ['trace_id', 'FixedString(16)'],
    ['span_id', 'FixedString(8)'],
    ['flags', 'UInt32'],
    ['severity_number', 'UInt8'],
    ['severity_text', 'LowCardinality(String)'],
    ['service', 'LowCardinality(String)'],
    ['event_name', 'LowCardinality(String)'],
    ['body_kind', 'UInt8'],
    ['body', 'String'],
    ...ATTRIBUTE_MAPS,
    ...ORIGIN,
  ],
  metrics: [
    ['project', 'LowCardinality(String)'],
    ['service', 'LowCardinality(String)'],
    ['metric', 'LowCardinality(String)'],
    ['description', 'LowCardinality(String)'],
    ['unit', 'LowCardinality(String)'],
    ['kind', METRIC_KIND],
    ['temporality', 'UInt8'],
    ['is_monotonic', 'Bool'],
    ['start_time', "DateTime64(9, 'UTC')"],
    ['time', "DateTime64(9, 'UTC')"],
    ['flags', 'UInt32'],
    ...ATTRIBUTE_MAPS,
    ['value', 'Nullable(Float64)'],
    ['int_value', 'Nullable(Int64)'],
    ['count', 'UInt64'],
    ['sum', 'Nullable(Float64)'],
    ['min', 'Nullable(Float64)'],
    ['max', 'Nullable(Float64)'],
    ['bucket_counts', 'Array(UInt64)'],
    ['bounds', 'Array(Float64)'],
    ['scale', 'Int32'],
    ['zero_count', 'UInt64'],
    ['zero_threshold', 'Float64'],
    ['positive_offset', 'Int32'],
    ['positive_counts', 'Array(UInt64)'],
    ['negative_offset', 'Int32'],
    ['negative_counts', 'Array(UInt64)'],
    ['quantiles', 'Array(Float64)'],
    ['quantile_values', 'Array(Float64)'],
    ['exemplars', 'String'],
    ...ORIGIN,
  ],
};

/** Closed interval of event time. */
export type TimeRange = readonly [minMs: number, maxMs: number];

/** One file of rows, all of it in the months that `ranges` cover. */
export type Load = {
  readonly table: TelemetryTable;
  readonly file: string;
  /** Of the rows in the file, when another version wrote them; ROW_LAYOUT otherwise. */
  readonly layout?: RowLayout;
  /** sha256 of the segment the rows come from: written into each row, and the root of the deduplication token. */
  readonly batch: string;
  readonly loader: string;
  readonly loadedAtMs: number;
  /** Rows of the file outside these are left for another load of the same file. */
  readonly ranges: readonly TimeRange[];
  readonly projects: readonly ProjectId[];
  /** An earlier process may have begun this very load, and come to no end with it. */
  readonly begunBefore?: boolean;
};

/** Rows of one batch that are in the table, by the minute of their receipt. */
export type StoredCount = {
  readonly project: ProjectId;
  readonly minuteMs: number;
  readonly stored: number;
};

export interface LoadStore {
  /**
   * Stores the rows that are not there yet, exactly once: a repeat inside the file, of rows stored earlier, or of
   * this very load (after a crash, with or without the engine's deduplication log) adds nothing.
   */
  load(load: Load): Promise<void>;
  stored(
    table: TelemetryTable,
    batch: string,
    projects: readonly ProjectId[],
    ranges: readonly TimeRange[],
  ): Promise<StoredCount[]>;
}
