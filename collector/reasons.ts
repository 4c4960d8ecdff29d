import { TELEMETRY_TABLES, type TelemetryTable } from '../store/ports/loads.ts';

/**
 * Why something was not taken. A closed set: it is what the ledger, the metrics and the answers are keyed by.
 * Whole requests first, then single records.
 */
export const REASONS = {
  malformed_http:
    'The connection carried something that is not HTTP/1.1, or headers beyond 16 KiB; look at the sender, or at what stands between.',
  malformed_body: 'The body could not be decoded; check the content type and the encoding.',
  too_large: 'The body is larger than the limit, on the wire or inflated; send smaller batches.',
  too_many_records: 'The request holds more records than one request may; send smaller batches.',
  unsupported_media_type:
    'Send application/x-protobuf or application/json (OTLP), application/json or application/x-ndjson (decisions, outcomes).',
  wrong_signal:
    'The body holds another signal than its path takes: set the exporter’s address for each signal.',
  unsupported_encoding: 'Send the body with gzip, deflate, zstd or no content encoding.',
  body_timeout: 'The body did not arrive in time; check the network, then send again.',
  unauthenticated: 'Send an ingest token: Authorization: Bearer lw_….',
  forbidden: 'The token has no `ingest` scope; create one that has.',
  quota_exceeded:
    'The token is over its rate; the sender retries after the time given. Send less, give the token a higher rate, or raise ingest.quota.',
  overloaded: 'Too many bytes are in flight; the sender retries after the time given.',
  busy: 'The collector has more to do than its cores or its disk allow, and what comes now would wait too long; the sender retries after the time given.',
  decoder_lost:
    'The thread that decoded the request ended before it had an answer, and nothing was kept; the sender retries. Look at the log.',
  spool_full: 'The spool reached its quota while the store is away; the sender retries.',
  disk_full: 'The disk of the data directory is full; free space, ingest then goes on by itself.',
  disk_error: 'The disk refused a write; look at the system log.',
  shutting_down: 'The collector is stopping; the sender retries.',
  invalid_trace_id: 'A trace id is 16 bytes (32 hex digits in JSON), not all zero.',
  invalid_span_id: 'A span id is 8 bytes (16 hex digits in JSON), not all zero.',
  invalid_utf8: 'Text must be valid UTF-8.',
  time_out_of_range: 'Times lie between 1970 and 2200.',
  too_many_months: 'One request may touch at most 120 months of event time; send history in order.',
  too_many_attributes: 'A span, log record, data point, resource or scope may carry at most 1024 attributes.',
  too_deep: 'Attribute values may be nested at most 32 levels.',
  missing_time: 'A data point needs its time_unix_nano.',
  invalid_histogram:
    'A histogram has one bucket more than it has bounds, and its bounds grow; or it has neither.',
  malformed_record: 'The line is not a JSON object.',
  invalid_decision: 'The decision breaks its schema; the message names the field.',
  quarantined:
    'Acknowledged, and then damaged on disk or refused by the store: kept in spool/quarantine for a person to look at.',
  masking_failed:
    'A value cannot be masked as the contract asks, so nothing of the record was kept; send it in the form the contract names.',
  masking_key_missing:
    'The contract masks with a key that this collector does not have; set the environment variable that it names.',
  invalid_outcome: 'The outcome breaks its schema; the message names the field.',
} as const;
export type Reason = keyof typeof REASONS;

/** What a sender may send; each has a table and a line in the ledger. */
export const SIGNALS = TELEMETRY_TABLES;
export type Signal = TelemetryTable;

/** One record that was not taken while the rest of its request was. */
export type Rejection = {
  readonly signal: Signal;
  /** Position of the record in its request. */
  readonly index: number;
  readonly reason: Reason;
  readonly message: string;
};
