"""The metrics, counted in the database, so that any number of processes tell the same."""

from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Gauge

from vendor_app.domain.tours import Status
from vendor_app.usecases.operate import SystemCounts


def describe(counts: SystemCounts, now: datetime) -> CollectorRegistry:
    """The counts as gauges."""
    registry = CollectorRegistry()
    tours = Gauge("vendor_tours", "Tours by status", ["status"], registry=registry)
    for status in Status:
        tours.labels(status).set(counts.tours.get(status, 0))
    messages = Gauge("vendor_outbox_messages", "Outbox messages by kind and state", ["kind", "state"], registry=registry)
    for row in counts.messages:
        messages.labels(row["kind"], row["state"]).set(row["n"])
    waiting = max(now - counts.oldest_due, timedelta(0)) if counts.oldest_due else timedelta(0)
    Gauge("vendor_outbox_oldest_due_seconds", "How long the longest waiting message is due", registry=registry).set(
        waiting.total_seconds()
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
    Gauge("vendor_operator_tasks_open", "What only a person can do", registry=registry).set(counts.open_tasks)
    return registry
