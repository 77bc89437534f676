"""The history of the schema, one for both engines, in the SQL they share. Never change what has been released: add.

Two words each engine has its own for: `{generated_id}`, a number it counts up itself as the primary key, and `{json}`.
"""

from vendor_app.store.errors import DatabaseTooNew

# Source titles are bytes: they must come back exactly as they came, NUL included, which PostgreSQL text refuses.
HISTORY = {
    "m001_tours_and_their_messages": """
CREATE TABLE communities (
    community_id TEXT PRIMARY KEY,
    community_name TEXT,
    address {json},
    geolocation {json},
    company_name TEXT,
    in_person_tours_enabled BOOLEAN,
    live_video_tours_enabled BOOLEAN,
    switched_off_at TIMESTAMPTZ,
    gone_at TIMESTAMPTZ,
    synced_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE arrivals (
    arrival_id TEXT PRIMARY KEY,
    community_id TEXT NOT NULL REFERENCES communities,
    source_title BYTEA,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE tours (
    tour_id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    community_id TEXT NOT NULL REFERENCES communities,
    arrival_id TEXT,
    source_title BYTEA,
    status TEXT NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    opens_at TIMESTAMPTZ NOT NULL,
    closes_at TIMESTAMPTZ NOT NULL,
    utc_offset INTEGER NOT NULL,
    profile {json} NOT NULL,
    email_key TEXT,
    phone_key TEXT,
    sms_consent BOOLEAN NOT NULL,
    unit_names {json} NOT NULL,
    client TEXT NOT NULL,
    appointment_id TEXT,
    prospect_id TEXT,
    visit_id TEXT,
    reason TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    confirmed_at TIMESTAMPTZ,
    checked_in_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    visit_asked_at TIMESTAMPTZ,
    visit_posted_at TIMESTAMPTZ
);
CREATE INDEX tours_by_slot ON tours (community_id, starts_at);
CREATE INDEX tours_by_closing ON tours (status, closes_at);
CREATE INDEX tours_by_client ON tours (client, created_at);
CREATE TABLE appointments (
    appointment_id TEXT PRIMARY KEY,
    tour_id TEXT NOT NULL REFERENCES tours,
    learned_at TIMESTAMPTZ NOT NULL,
    cancelled_at TIMESTAMPTZ
);
CREATE INDEX appointments_by_tour ON appointments (tour_id);
CREATE TABLE idempotency_keys (
    idempotency_key TEXT PRIMARY KEY,
    request_hash TEXT NOT NULL,
    tour_id TEXT,
    answer {json},
    created_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE access_grants (
    grant_id TEXT PRIMARY KEY,
    tour_id TEXT NOT NULL REFERENCES tours,
    state TEXT NOT NULL,
    sealed_code TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    answered_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ
);
CREATE INDEX access_grants_by_tour ON access_grants (tour_id, created_at);
CREATE TABLE access_events (
    event_id TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    tour_id TEXT,
    grant_id TEXT,
    door TEXT,
    unit_name TEXT,
    method TEXT,
    sealed_code TEXT,
    payload {json} NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    handled_at TIMESTAMPTZ,
    matched_tour_id TEXT
);
CREATE INDEX access_events_unhandled ON access_events (received_at) WHERE handled_at IS NULL;
CREATE INDEX access_events_by_tour ON access_events (matched_tour_id, occurred_at);
CREATE TABLE knock_notices (
    notice_id TEXT PRIMARY KEY,
    appointment_id TEXT NOT NULL,
    prospect_id TEXT,
    status TEXT NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ,
    updated_at TIMESTAMPTZ NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    handled_at TIMESTAMPTZ
);
CREATE INDEX knock_notices_unhandled ON knock_notices (updated_at) WHERE handled_at IS NULL;
CREATE INDEX knock_notices_by_appointment ON knock_notices (appointment_id, updated_at);
CREATE INDEX knock_notices_by_start ON knock_notices (starts_at);
CREATE TABLE unreadable_notices (
    notice_id TEXT PRIMARY KEY,
    payload {json} NOT NULL,
    problem TEXT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE timeline (
    id {generated_id},
    tour_id TEXT NOT NULL REFERENCES tours,
    what TEXT NOT NULL,
    detail {json} NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX timeline_by_tour ON timeline (tour_id, id);
CREATE TABLE outbox (
    id {generated_id},
    kind TEXT NOT NULL,
    lane TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    payload {json} NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at TIMESTAMPTZ NOT NULL,
    claimed_until TIMESTAMPTZ,
    lease_token TEXT,
    last_error TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    done_at TIMESTAMPTZ
);
CREATE INDEX outbox_due ON outbox (lane, next_attempt_at) WHERE state = 'pending';
CREATE INDEX outbox_by_subject ON outbox (subject_id, lane, id) WHERE state = 'pending'
""",
    "m002_rules_kinds_of_tours_and_feeds": """
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
""",
    "m003_doors_and_the_identity_gate": """
ALTER TABLE access_grants ADD COLUMN lock TEXT NOT NULL DEFAULT 'http';
ALTER TABLE access_grants ADD COLUMN reference TEXT;
ALTER TABLE access_grants ADD COLUMN credential TEXT NOT NULL DEFAULT 'code';
ALTER TABLE access_grants ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
ALTER TABLE access_grants ADD COLUMN sealed_link TEXT;
ALTER TABLE access_grants ADD COLUMN closed_at TIMESTAMPTZ;
ALTER TABLE access_grants ADD COLUMN revoke_sent_at TIMESTAMPTZ;
ALTER TABLE access_events ADD COLUMN said_by TEXT;
ALTER TABLE access_events ADD COLUMN device TEXT;
CREATE TABLE doors (
    device TEXT PRIMARY KEY,
    community_id TEXT NOT NULL,
    name TEXT NOT NULL,
    unit TEXT
);
CREATE TABLE verifications (
    tour_id TEXT NOT NULL REFERENCES tours,
    contact TEXT NOT NULL,
    code_mac TEXT NOT NULL,
    sealed_code TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    tries INTEGER NOT NULL,
    passed_at TIMESTAMPTZ,
    PRIMARY KEY (tour_id, created_at)
);
CREATE TABLE attempts (
    id {generated_id},
    bucket TEXT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX attempts_by_bucket ON attempts (bucket, made_at)
""",
}


def refuse_newer(applied: set[str], database: str) -> None:
    """Raise DatabaseTooNew when migrations were applied that this version does not know."""
    if unknown := applied - HISTORY.keys():
        raise DatabaseTooNew(
            f"{database} has migrations this version does not know ({', '.join(sorted(unknown))}): "
            "start the newer version of the product, or restore a backup from before it"
        )
