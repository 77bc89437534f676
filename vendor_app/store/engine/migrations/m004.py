"""What partners may still do: requests without an answer, and the windows that events count for."""

NAME = "m004_what_partners_may_still_do"
SQL = """
ALTER TABLE outbox ADD COLUMN partner TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN community_id TEXT NOT NULL DEFAULT '';
UPDATE outbox SET partner = lane,
    community_id = coalesce((SELECT community_id FROM tours WHERE tours.tour_id = outbox.subject_id), '')
    WHERE state <> 'done';
ALTER TABLE access_grants ADD COLUMN opens_at TIMESTAMPTZ;
ALTER TABLE access_grants ADD COLUMN closes_at TIMESTAMPTZ;
ALTER TABLE access_grants ADD COLUMN may_act_until TIMESTAMPTZ;
UPDATE access_grants SET opens_at = (SELECT opens_at FROM tours WHERE tours.tour_id = access_grants.tour_id),
    closes_at = (SELECT closes_at FROM tours WHERE tours.tour_id = access_grants.tour_id);
ALTER TABLE access_events ADD COLUMN counts BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE appointments ADD COLUMN starts_at TIMESTAMPTZ;
UPDATE appointments SET starts_at = (SELECT starts_at FROM tours WHERE tours.tour_id = appointments.tour_id);
ALTER TABLE tours ADD COLUMN prospect_asked_at TIMESTAMPTZ;
ALTER TABLE tours ADD COLUMN held_at TIMESTAMPTZ;
CREATE INDEX tours_held ON tours (held_at) WHERE held_at IS NOT NULL;
CREATE TABLE appointment_requests (
    id {generated_id},
    tour_id TEXT NOT NULL REFERENCES tours,
    starts_at TIMESTAMPTZ NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    answered_at TIMESTAMPTZ,
    outcome TEXT
);
CREATE INDEX appointment_requests_by_tour ON appointment_requests (tour_id);
CREATE INDEX appointment_requests_open ON appointment_requests (starts_at) WHERE answered_at IS NULL;
ALTER TABLE operator_tasks ADD COLUMN about TEXT NOT NULL DEFAULT '';
DROP INDEX operator_tasks_open;
CREATE UNIQUE INDEX operator_tasks_open ON operator_tasks (tour_id, what, about) WHERE done_at IS NULL;
CREATE TABLE heartbeats (
    name TEXT PRIMARY KEY,
    since_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL
)
"""
