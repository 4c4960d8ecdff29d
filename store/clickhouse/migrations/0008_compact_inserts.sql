-- A part that an insert writes is one file for all columns instead of several for each, until a merge makes it larger than
-- this: each file is a descriptor, a write and an fsync, and a load had a hundred of them.

ALTER TABLE spans MODIFY SETTING min_bytes_for_wide_part = 67108864;
ALTER TABLE decisions MODIFY SETTING min_bytes_for_wide_part = 67108864;
ALTER TABLE outcomes MODIFY SETTING min_bytes_for_wide_part = 67108864;
ALTER TABLE logs MODIFY SETTING min_bytes_for_wide_part = 67108864;
ALTER TABLE metrics MODIFY SETTING min_bytes_for_wide_part = 67108864;
