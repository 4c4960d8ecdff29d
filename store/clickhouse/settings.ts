/**
 * On every table. Without the four fsync settings a power cut takes acknowledged rows and leaves parts that stop the
 * database from opening; without the window a deduplication token does nothing on plain MergeTree.
 */
export const DURABLE = [
  'non_replicated_deduplication_window=10000',
  'fsync_after_insert=1',
  'fsync_part_directory=1',
  'min_rows_to_fsync_after_merge=1',
  'min_compressed_bytes_to_fsync_after_merge=1',
] as const;

/** Reading one feature out of a map gets a third faster; fresh parts stay basic, so that inserts cost the same. */
export const TYPED_MAPS = [
  "map_serialization_version='with_buckets'",
  "map_serialization_version_for_zero_level_parts='basic'",
] as const;

/** Part of what a statement means here, so the same on every connection, set once. Never per query: that would leak. */
export const CONNECTION_SETTINGS = {
  // A 64-bit integer does not fit a JavaScript number.
  output_format_json_quote_64bit_integers: 1,
  // The engine's default wraps the year 2300 to 2106.
  date_time_overflow_behavior: 'throw',
  // Acknowledged means stored: no server-side buffering.
  async_insert: 0,
} as const;

/** A person's query: bounded before it starts, since an aborted one keeps computing. */
export const CONSOLE_LIMITS = {
  max_execution_time: 30,
  timeout_overflow_mode: 'throw',
  max_result_rows: 100_000,
  max_result_bytes: 64 * 1024 * 1024,
  result_overflow_mode: 'throw',
  max_memory_usage: 2 * 1024 * 1024 * 1024,
  max_rows_to_read: 2_000_000_000,
  max_threads: 2,
  max_ast_elements: 20_000,
  max_query_size: 256 * 1024,
} as const;

/** One token must cover one block: with several insert threads each would make blocks of its own. */
export const INSERT_SETTINGS = [
  'max_insert_threads=1',
  'async_insert=0',
  'insert_deduplicate=1',
  "date_time_overflow_behavior='throw'",
] as const;
