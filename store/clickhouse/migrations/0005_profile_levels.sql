-- Profiles by hour and by day beside those by minute, so that a long stretch costs what its length in days does; and
-- references: profiles that somebody chose to compare with.

-- Fine bins that share one in `bins`; a row of 512 bins and a wide spread gives up width, never values.
ALTER TABLE feature_profiles ADD COLUMN IF NOT EXISTS bin_step UInt16 DEFAULT 1 AFTER bins;

CREATE TABLE IF NOT EXISTS feature_profiles_hour (
  project LowCardinality(String),
  system LowCardinality(String),
  feature LowCardinality(String),
  model_version LowCardinality(String),
  segment LowCardinality(String),
  -- Its start.
  hour DateTime('UTC'),
  kind Enum8('numeric' = 1, 'categorical' = 2),
  n UInt64,
  missing UInt64,
  sum Float64,
  sum_sq Float64,
  min Float64,
  max Float64,
  bins Map(Int32, UInt64),
  bin_step UInt16,
  categories Map(String, UInt64),
  computed_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(hour)
ORDER BY (project, system, feature, model_version, segment, hour, kind)
SETTINGS {durable};

CREATE TABLE IF NOT EXISTS feature_profiles_day (
  project LowCardinality(String),
  system LowCardinality(String),
  feature LowCardinality(String),
  model_version LowCardinality(String),
  segment LowCardinality(String),
  -- Its start, in UTC.
  day DateTime('UTC'),
  kind Enum8('numeric' = 1, 'categorical' = 2),
  n UInt64,
  missing UInt64,
  sum Float64,
  sum_sq Float64,
  min Float64,
  max Float64,
  bins Map(Int32, UInt64),
  bin_step UInt16,
  categories Map(String, UInt64),
  computed_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYear(day)
ORDER BY (project, system, feature, model_version, segment, day, kind)
SETTINGS {durable};

-- What each level holds of a system; the row with the highest revision counts. Written after the rows it speaks of when
-- they are added, and before they go when they are taken away: so a reader never asks a level for what it lacks.
CREATE TABLE IF NOT EXISTS profile_levels (
  project LowCardinality(String),
  system LowCardinality(String),
  revision UInt64,
  first_event DateTime64(3, 'UTC'),
  -- Hours and days before it are rolled up.
  rolled_until DateTime('UTC'),
  -- Older minutes and hours are gone; both start a day.
  minutes_from DateTime('UTC'),
  hours_from DateTime('UTC'),
  days_from DateTime('UTC')
) ENGINE = ReplacingMergeTree(revision)
ORDER BY (project, system)
SETTINGS {durable};

-- Rows of one reference share its id, which the control store knows; rows without one there were never finished.
CREATE TABLE IF NOT EXISTS reference_profiles (
  project LowCardinality(String),
  id String,
  feature LowCardinality(String),
  segment LowCardinality(String),
  model_version LowCardinality(String),
  kind Enum8('numeric' = 1, 'categorical' = 2),
  n UInt64,
  missing UInt64,
  sum Float64,
  sum_sq Float64,
  min Float64,
  max Float64,
  bins Map(Int32, UInt64),
  bin_step UInt16,
  categories Map(String, UInt64)
) ENGINE = MergeTree
ORDER BY (project, id, segment, feature, model_version, kind)
SETTINGS {durable};
