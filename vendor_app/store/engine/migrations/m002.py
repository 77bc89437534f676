"""Rules, kinds of tours, and Knock's feeds."""

NAME = "m002_rules_kinds_of_tours_and_feeds"
SQL = """
ALTER TABLE tours ADD COLUMN tour_type TEXT NOT NULL DEFAULT 'SELF_GUIDED';
ALTER TABLE tours ADD COLUMN next_starts_at TIMESTAMPTZ;
ALTER TABLE tours ADD COLUMN next_ends_at TIMESTAMPTZ;
ALTER TABLE tours ADD COLUMN next_utc_offset INTEGER;
ALTER TABLE tours ADD COLUMN job_id TEXT;
ALTER TABLE tours ADD COLUMN visit_unit_names {json};
ALTER TABLE tours ADD COLUMN check_at TIMESTAMPTZ;
ALTER TABLE tours ADD COLUMN read_events_at TIMESTAMPTZ;
UPDATE tours SET check_at = created_at, read_events_at = created_at WHERE status = 'confirmed';
CREATE INDEX tours_to_check ON tours (check_at) WHERE status = 'confirmed';
CREATE INDEX tours_to_read ON tours (read_events_at) WHERE read_events_at IS NOT NULL;
CREATE INDEX tours_by_next_slot ON tours (community_id, next_starts_at) WHERE next_starts_at IS NOT NULL;
ALTER TABLE knock_notices ADD COLUMN source BYTEA;
CREATE TABLE community_rules (
    community_id TEXT PRIMARY KEY,
    enabled BOOLEAN NOT NULL,
    rules {json} NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE sms_consents (
    tour_id TEXT PRIMARY KEY REFERENCES tours,
    sms_consent BOOLEAN NOT NULL,
    wording TEXT,
    given_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE prospect_events (
    event_id TEXT PRIMARY KEY,
    prospect_id TEXT NOT NULL,
    type TEXT NOT NULL,
    description TEXT,
    occurred_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    source_title BYTEA,
    detail {json} NOT NULL,
    stored_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX prospect_events_by_prospect ON prospect_events (prospect_id, occurred_at);
CREATE TABLE operator_tasks (
    id {generated_id},
    tour_id TEXT NOT NULL REFERENCES tours,
    what TEXT NOT NULL,
    detail {json} NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    done_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX operator_tasks_open ON operator_tasks (tour_id, what) WHERE done_at IS NULL
"""
