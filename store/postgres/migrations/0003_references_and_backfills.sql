-- References that people accepted, profiles to be made again, and when each system was last looked after.

CREATE TABLE reference_version (
  project text NOT NULL,
  system text NOT NULL,
  name text NOT NULL,
  version integer NOT NULL,
  -- Of its rows in the telemetry store.
  id uuid NOT NULL UNIQUE,
  state text NOT NULL CHECK (state IN ('active', 'retired')),
  origin jsonb NOT NULL,
  hash text NOT NULL,
  features integer NOT NULL,
  "values" bigint NOT NULL,
  accepted_by text NOT NULL,
  accepted_at timestamptz NOT NULL,
  note text NOT NULL DEFAULT '',
  PRIMARY KEY (project, system, name, version)
);

CREATE TABLE profile_backfill (
  id uuid PRIMARY KEY,
  project text NOT NULL,
  system text NOT NULL,
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  -- Minutes before it are made again.
  done_until timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
  last_error text NOT NULL DEFAULT '',
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX profile_backfill_open ON profile_backfill (project, system, asked_at) WHERE state IN ('waiting', 'running');

-- Wall clock, to the nearest ten seconds; and by which process.
ALTER TABLE analysis_progress ADD COLUMN ticked_at timestamptz;
ALTER TABLE analysis_progress ADD COLUMN ticked_by text NOT NULL DEFAULT '';
