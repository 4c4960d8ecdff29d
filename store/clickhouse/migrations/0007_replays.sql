-- A decision that was held against its contract again has a row per replay: the one with the latest `replayed_at` counts.
-- Rows are only ever added; the first one, as it came, has 1970.

ALTER TABLE decisions ADD COLUMN IF NOT EXISTS replayed_at DateTime64(3, 'UTC') AFTER quarantined;
-- What was done to its features before it was held against the contract again; empty when nothing was.
ALTER TABLE decisions ADD COLUMN IF NOT EXISTS mapping LowCardinality(String) AFTER replayed_at;
-- Few rows have one, so that asking for them reads next to nothing.
ALTER TABLE decisions ADD INDEX IF NOT EXISTS by_replay replayed_at TYPE minmax GRANULARITY 1;

-- Attributes in payloads that say where a record belongs: replaced by what the credential says, and counted here.
ALTER TABLE ledger ADD COLUMN IF NOT EXISTS overwritten UInt64 AFTER rejected;
