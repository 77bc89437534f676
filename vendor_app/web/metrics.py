"""The metrics, counted in the database, so that any number of processes tell the same."""

from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Gauge

from vendor_app.domain import Status
from vendor_app.usecases.operators.health import JOBS, is_late
from vendor_app.usecases.operators.operate import SystemCounts


def describe(counts: SystemCounts, now: datetime) -> CollectorRegistry:
    """The counts as gauges."""
    registry = CollectorRegistry()
    tours = Gauge("vendor_tours", "Tours by status", ["status"], registry=registry)
    for status in Status:
        tours.labels(status).set(counts.tours.get(status, 0))
    messages = Gauge("vendor_outbox_messages", "Outbox messages by kind and state", ["kind", "state"], registry=registry)
    for row in counts.messages:
        messages.labels(row.kind, row.state).set(row.n)
    Gauge("vendor_outbox_oldest_due_seconds", "How long the longest waiting message is due", registry=registry).set(
        _seconds(counts.oldest_due, now)
    )
    Gauge("vendor_access_events_unmatched", "Lock callbacks that match no tour", registry=registry).set(
        counts.unmatched_access_events
    )
    Gauge("vendor_revocations_unconfirmed", "Grants that no lock system has confirmed as revoked", registry=registry).set(
        counts.unrevoked
    )
    seconds = [one.total_seconds() for one in counts.revocation_times]
    told = "From the end of a grant until the lock system was told, within a day"
    slowest = Gauge("vendor_revocation_seconds_max", told, registry=registry)
    slowest.set(max(seconds, default=0.0))
    _failing(registry, counts, now)
    _heartbeats(registry, counts, now)
    _partners(registry, counts, now)
    Gauge("vendor_operator_tasks_open", "What only a person can do", registry=registry).set(counts.open_tasks)
    return registry


def _failing(registry: CollectorRegistry, counts: SystemCounts, now: datetime) -> None:
    Gauge("vendor_outbox_failing_messages", "Messages tried in vain that will be tried again", registry=registry).set(
        counts.failing.n
    )
    told = "Since the oldest message was written that was tried in vain, however far away its next try is"
    oldest = counts.failing.oldest_at
    Gauge("vendor_outbox_oldest_failing_seconds", told, registry=registry).set(_seconds(oldest, now))


def _heartbeats(registry: CollectorRegistry, counts: SystemCounts, now: datetime) -> None:
    age = Gauge("vendor_heartbeat_age_seconds", "Since a part of the product was alive last", ["part"], registry=registry)
    late = Gauge("vendor_heartbeat_late", "1: its next sign of life should have come", ["part"], registry=registry)
    late.labels(JOBS).set(1)  # unless they have ever been alive
    for row in counts.heartbeats:
        age.labels(row.name).set(_seconds(row.seen_at, now))
        late.labels(row.name).set(int(is_late(row, now)))


def _partners(registry: CollectorRegistry, counts: SystemCounts, now: datetime) -> None:
    failing = Gauge(
        "vendor_partner_failing_seconds",
        "Since the calls with a key began to fail; 0 when the last one was answered",
        ["key"],
        registry=registry,
    )
    refused = Gauge("vendor_partner_key_refused", "1: the partner refuses the key", ["key"], registry=registry)
    for row in counts.partner_outcomes:
        failing.labels(row.key).set(_seconds(row.since_at if row.problem else None, now))
        refused.labels(row.key).set(int(row.refused))


def _seconds(since: datetime | None, now: datetime) -> float:
    return max(now - since, timedelta(0)).total_seconds() if since else 0.0
