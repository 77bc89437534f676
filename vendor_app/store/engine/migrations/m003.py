"""Doors, and the identity gate."""

NAME = "m003_doors_and_the_identity_gate"
SQL = """
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
"""
