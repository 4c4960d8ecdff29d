-- Control state: everything that must be decided once.

CREATE TABLE document (
  project text NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  version integer NOT NULL,
  spec jsonb NOT NULL,
  labels jsonb NOT NULL DEFAULT '{}',
  deleted boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  PRIMARY KEY (project, kind, name, version)
);

CREATE TABLE access_token (
  id text PRIMARY KEY,
  project text NOT NULL,
  name text NOT NULL,
  -- sha256 of the token; the token itself is shown once and never stored.
  hash bytea NOT NULL UNIQUE,
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz
);

CREATE TABLE model_version (
  project text NOT NULL,
  system text NOT NULL,
  version text NOT NULL,
  status text NOT NULL CHECK (status IN ('live', 'known_good', 'candidate', 'quarantined', 'retired')),
  first_seen timestamptz NOT NULL,
  live_since timestamptz,
  note text NOT NULL DEFAULT '',
  PRIMARY KEY (project, system, version)
);
CREATE UNIQUE INDEX one_live_version ON model_version (project, system) WHERE status = 'live';

CREATE TABLE gate (
  project text NOT NULL,
  system text NOT NULL,
  serving_version text NOT NULL,
  route text NOT NULL CHECK (route IN ('auto', 'review')),
  reason text NOT NULL,
  incident bigint,
  revision bigint NOT NULL,
  changed_at timestamptz NOT NULL,
  changed_by text NOT NULL,
  PRIMARY KEY (project, system)
);
CREATE TABLE gate_change (
  project text NOT NULL,
  system text NOT NULL,
  revision bigint NOT NULL,
  serving_version text NOT NULL,
  route text NOT NULL,
  reason text NOT NULL,
  incident bigint,
  -- Event time, and the wall clock at which the gate answered differently.
  at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  changed_by text NOT NULL,
  PRIMARY KEY (project, system, revision)
);

CREATE TABLE analysis_progress (
  project text NOT NULL,
  system text NOT NULL,
  -- Per loader the newest loaded_at that was looked at: {"loader": epoch milliseconds}.
  cursors jsonb NOT NULL DEFAULT '{}',
  first_event timestamptz,
  watermark timestamptz,
  profiled_until timestamptz,
  PRIMARY KEY (project, system)
);
CREATE TABLE evaluation_progress (
  project text NOT NULL,
  monitor text NOT NULL,
  -- The document's version: a changed monitor starts its own history.
  version integer NOT NULL,
  evaluated_until timestamptz NOT NULL,
  state jsonb NOT NULL DEFAULT '{}',
  last_error text NOT NULL DEFAULT '',
  PRIMARY KEY (project, monitor)
);

CREATE TABLE finding_cursor (
  project text PRIMARY KEY,
  evaluated_at timestamptz NOT NULL
);

-- What each signal of a system said last, open incident or not: a finding read twice is recognised, and one that
-- was told in a closed incident does not open another. Its row is also the lock under which the system's findings are taken.
CREATE TABLE signal_mark (
  project text NOT NULL,
  system text NOT NULL,
  marks jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (project, system)
);

CREATE TABLE incident (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project text NOT NULL,
  system text NOT NULL,
  title text NOT NULL,
  severity text NOT NULL CHECK (severity IN ('page', 'ticket', 'log')),
  state text NOT NULL CHECK (state IN ('open', 'acknowledged', 'mitigating', 'verifying', 'resolved')),
  owner text NOT NULL DEFAULT '',
  onset timestamptz NOT NULL,
  opened_at timestamptz NOT NULL,
  resolved_at timestamptz,
  signals jsonb NOT NULL,
  revision bigint NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX one_open_incident ON incident (project, system) WHERE state <> 'resolved';
CREATE INDEX incident_recent ON incident (project, opened_at DESC);

CREATE TABLE incident_entry (
  incident bigint NOT NULL REFERENCES incident (id),
  seq integer NOT NULL,
  at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  kind text NOT NULL,
  by text NOT NULL,
  sentence text NOT NULL,
  details jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (incident, seq)
);

CREATE TABLE action (
  id uuid PRIMARY KEY,
  incident bigint NOT NULL REFERENCES incident (id),
  project text NOT NULL,
  system text NOT NULL,
  policy text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('rollback', 'route')),
  plan jsonb NOT NULL,
  mode text NOT NULL CHECK (mode IN ('shadow', 'propose', 'auto')),
  state text NOT NULL,
  sentence text NOT NULL,
  idempotency_key text NOT NULL UNIQUE,
  decided_by text NOT NULL,
  -- Event time of the finding that asked for it; cooldowns are counted in it.
  at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX action_of_incident ON action (incident, created_at);
CREATE INDEX action_recent ON action (project, system, kind, at DESC);

CREATE TABLE outbox (
  id uuid PRIMARY KEY,
  -- Order of writing; what is told of one incident on one channel leaves in it.
  position bigint GENERATED ALWAYS AS IDENTITY,
  project text NOT NULL,
  incident bigint NOT NULL REFERENCES incident (id),
  channel text NOT NULL,
  reason text NOT NULL,
  sequence integer NOT NULL,
  message jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'dead', 'superseded')),
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  lease_until timestamptz,
  last_error text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  sent_at timestamptz,
  UNIQUE (incident, channel, reason, sequence)
);
CREATE INDEX outbox_order ON outbox (incident, channel, position);
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE state IN ('queued', 'sending');

CREATE TABLE review_item (
  id uuid PRIMARY KEY,
  project text NOT NULL,
  system text NOT NULL,
  queue text NOT NULL,
  decision_id text NOT NULL,
  -- What was decided, and when: a ruling becomes an outcome without asking the telemetry store.
  decision_value text NOT NULL,
  decision_time timestamptz NOT NULL,
  incident bigint REFERENCES incident (id),
  reason text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'claimed', 'ruled', 'expired')),
  priority double precision NOT NULL,
  inclusion_probability double precision NOT NULL,
  created_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  claimed_by text NOT NULL DEFAULT '',
  lease_until timestamptz,
  fence bigint NOT NULL DEFAULT 0,
  -- Reviewers who could not tell; it is not offered to them again.
  passed_by text[] NOT NULL DEFAULT '{}',
  ruling jsonb,
  ruled_by text NOT NULL DEFAULT '',
  ruled_at timestamptz,
  -- The ruling is an outcome row too; false until that row is in the telemetry store.
  outcome_written boolean NOT NULL DEFAULT false,
  UNIQUE (project, decision_id)
);
CREATE INDEX review_of_incident ON review_item (incident) WHERE incident IS NOT NULL;
CREATE INDEX review_unwritten ON review_item (ruled_at) WHERE state = 'ruled' AND NOT outcome_written;
CREATE INDEX review_next ON review_item (project, queue, priority DESC, created_at) WHERE state IN ('open', 'claimed');
CREATE TABLE review_overflow (
  project text NOT NULL,
  queue text NOT NULL,
  incident bigint NOT NULL DEFAULT 0,
  left_out bigint NOT NULL,
  PRIMARY KEY (project, queue, incident)
);
CREATE TABLE review_intake (
  project text PRIMARY KEY,
  -- Per loader the newest loaded_at that was taken: {"loader": epoch milliseconds}.
  cursors jsonb NOT NULL DEFAULT '{}'
);

-- Append-only; each entry carries the hash of the one before it.
CREATE TABLE audit_entry (
  seq bigint PRIMARY KEY,
  at timestamptz NOT NULL,
  project text NOT NULL,
  by text NOT NULL,
  what text NOT NULL,
  subject text NOT NULL,
  details jsonb NOT NULL,
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL
);

-- Hints for live screens: "this changed, ask again". Kept for ten minutes.
CREATE TABLE live_event (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  project text NOT NULL,
  topic text NOT NULL,
  ref text NOT NULL
);
CREATE FUNCTION live_event_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('leeway_live', NEW.seq::text);
  RETURN NEW;
END $$;
CREATE TRIGGER live_event_notify AFTER INSERT ON live_event FOR EACH ROW EXECUTE FUNCTION live_event_notify();
