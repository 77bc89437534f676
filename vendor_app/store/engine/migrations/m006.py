"""What each partner answered last, which messages fail, and when the next sign of life of each part of the product is due."""

NAME = "m006_signs_of_life"
SQL = """
ALTER TABLE heartbeats ADD COLUMN due_at TIMESTAMPTZ;
ALTER TABLE outbox ADD COLUMN is_failing BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE partner_outcomes (
    key TEXT PRIMARY KEY,
    problem TEXT,
    refused BOOLEAN NOT NULL,
    since_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL
)
"""
