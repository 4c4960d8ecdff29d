-- What tracing systems said beside the trace (W3C tracestate); spans keep theirs from the start.

ALTER TABLE decisions ADD COLUMN IF NOT EXISTS trace_state String CODEC(ZSTD(1)) AFTER span_id;
