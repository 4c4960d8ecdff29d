import type { ProjectId } from '../../model/ids.ts';

/** The tables that a collector fills. */
export const TELEMETRY_TABLES = ['spans', 'decisions', 'outcomes'] as const;
export type TelemetryTable = (typeof TELEMETRY_TABLES)[number];

/**
 * The layout of a row as the collector writes it, in RowBinary. `loaded_at`, `loader` and `batch` are not in it:
 * they belong to the load, not to the record.
 */
export const ROW_LAYOUT: Record<TelemetryTable, readonly (readonly [name: string, type: string])[]> = {
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
    ['attr_str', 'Map(LowCardinality(String), String)'],
    ['attr_int', 'Map(LowCardinality(String), Int64)'],
    ['attr_num', 'Map(LowCardinality(String), Float64)'],
    ['attr_bool', 'Map(LowCardinality(String), Bool)'],
    ['attr_json', 'Map(LowCardinality(String), String)'],
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
    ['segments', 'Map(LowCardinality(String), LowCardinality(String))'],
    ['upstream', 'Array(String)'],
    ['trace_id', 'FixedString(16)'],
    ['span_id', 'FixedString(8)'],
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
};

/** Closed interval of event time. */
export type TimeRange = readonly [minMs: number, maxMs: number];

/** One file of rows, all of it in the months that `ranges` cover. */
export type Load = {
  readonly table: TelemetryTable;
  readonly file: string;
  /** sha256 of the segment the rows come from: written into each row, and the root of the deduplication token. */
  readonly batch: string;
  readonly loader: string;
  readonly loadedAtMs: number;
  /** Rows of the file outside these are left for another load of the same file. */
  readonly ranges: readonly TimeRange[];
  readonly projects: readonly ProjectId[];
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
