"""Tours and the messages they cause."""

NAME = "m001_tours_and_their_messages"
SQL = """
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
"""
