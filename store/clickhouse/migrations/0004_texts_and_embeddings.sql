-- Free text and embeddings that a decision was made from. Empty maps, which is all that others pay for them, take no
-- room to speak of: the offsets of a map that is always empty do not change from row to row.

ALTER TABLE decisions ADD COLUMN IF NOT EXISTS text Map(LowCardinality(String), String) CODEC(ZSTD(3)) AFTER missing;
ALTER TABLE decisions ADD COLUMN IF NOT EXISTS embedding Map(LowCardinality(String), Array(Float32)) AFTER text;
