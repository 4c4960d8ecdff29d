-- What a contract says of a decision, as it was when the decision came in; restated when it is replayed.

ALTER TABLE decisions ADD COLUMN IF NOT EXISTS contract LowCardinality(String) AFTER source;
-- Promises that the decision broke, for example range:distance.
ALTER TABLE decisions ADD COLUMN IF NOT EXISTS violations Array(LowCardinality(String)) AFTER contract;
-- Kept apart by choice of the contract: out of profiles and SLOs until it is replayed.
ALTER TABLE decisions ADD COLUMN IF NOT EXISTS quarantined Bool AFTER violations;
