"""Indexes, so that what is asked all the time costs the same however many tours there ever were."""

NAME = "m007_growth"
SQL = """
CREATE INDEX tours_holding ON tours (community_id, ends_at) WHERE status IN ('confirmed', 'in_progress', 'requested');
CREATE INDEX tours_by_window ON tours (community_id, closes_at);
CREATE INDEX tours_by_booking ON tours (created_at);
CREATE INDEX tours_unattached ON tours (starts_at) WHERE appointment_id IS NULL;
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (lane, next_attempt_at, id) WHERE state = 'pending';
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';
CREATE INDEX operator_tasks_waiting ON operator_tasks (id) WHERE done_at IS NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE state = 'done';
CREATE INDEX access_grants_unrevoked ON access_grants (lock) WHERE state = 'closed' AND revoked_at IS NULL;
CREATE INDEX access_grants_revoked ON access_grants (closed_at) WHERE revoke_sent_at IS NOT NULL;
CREATE INDEX access_events_unmatched ON access_events (received_at) WHERE matched_tour_id IS NULL;
CREATE INDEX knock_notices_handled ON knock_notices (received_at) WHERE handled_at IS NOT NULL;
CREATE INDEX appointment_requests_by_start ON appointment_requests (starts_at);
CREATE INDEX arrivals_by_time ON arrivals (created_at);
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at);
CREATE INDEX attempts_by_time ON attempts (made_at)
"""
