-- Codecs where they pay, for parts written from now on: times by their differences, durations without their empty bits, and
-- ZSTD for texts and for ids in hex, which LZ4 cannot shorten. A quarter less disk for a tenth of a load's CPU time.

ALTER TABLE spans MODIFY COLUMN start_time CODEC(DoubleDelta, LZ4);
ALTER TABLE spans MODIFY COLUMN duration_ns CODEC(T64, LZ4);
ALTER TABLE spans MODIFY COLUMN attr_str CODEC(ZSTD(1));
ALTER TABLE spans MODIFY COLUMN events CODEC(ZSTD(1));
ALTER TABLE decisions MODIFY COLUMN time CODEC(DoubleDelta, LZ4);
ALTER TABLE decisions MODIFY COLUMN decision_id CODEC(ZSTD(1));
ALTER TABLE decisions MODIFY COLUMN upstream CODEC(ZSTD(1));
ALTER TABLE outcomes MODIFY COLUMN decision_id CODEC(ZSTD(1));
ALTER TABLE logs MODIFY COLUMN time CODEC(DoubleDelta, LZ4);
ALTER TABLE logs MODIFY COLUMN body CODEC(ZSTD(1));
ALTER TABLE logs MODIFY COLUMN attr_str CODEC(ZSTD(1));
ALTER TABLE metrics MODIFY COLUMN time CODEC(DoubleDelta, LZ4);
ALTER TABLE metrics MODIFY COLUMN attr_str CODEC(ZSTD(1));
