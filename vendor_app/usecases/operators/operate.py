"""What operators look up and do: a tour's story, dead messages, tasks, replaying a message, cancelling a tour."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vendor_app.clients.errors import PartnerError
from vendor_app.domain import AccessGrant, Reason, Task, Tour
from vendor_app.domain.access import units_entered
from vendor_app.domain.tours import may_cancel
from vendor_app.store import (
    Consent,
    Failing,
    Heartbeat,
    KeptMessage,
    Line,
    MessageCount,
    OperatorTask,
    PartnerOutcome,
    StoredEvent,
    StoreUnavailable,
    UnreadableNotice,
)
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.errors import NotNow, UnknownTour
from vendor_app.usecases.tour import transitions

# Failures of a job that are no bug: logged, and the next run tries again.
EXPECTED_FAILURES = (PartnerError, StoreUnavailable)


_MOST_SHOWN = 100
# Revocation times are shown for grants closed within this span.
_MEASURED = timedelta(days=1)


@dataclass(frozen=True)
class TourStory:
    """All we know about a tour, without contact data and codes."""

    tour: Tour
    lines: list[Line]
    owed: list[KeptMessage]
    grants: list[AccessGrant]
    consent: Consent | None
    told_by_knock: list[StoredEvent]
    units_opened: list[str]


@dataclass(frozen=True)
class SystemCounts:
    """The state of everything in numbers."""

    tours: dict[str, int]
    messages: list[MessageCount]
    oldest_due: datetime | None
    unmatched_access_events: int
    open_tasks: int
    unrevoked: int
    revocation_times: list[timedelta]
    failing: Failing
    heartbeats: list[Heartbeat]
    partner_outcomes: list[PartnerOutcome]


def tell_tour(via: Collaborators, tour_id: str) -> TourStory:
    """The tour's whole story. Raises UnknownTour."""
    with via.db.read() as db:
        tour = db.tours.find(tour_id)
        if tour is None:
            raise UnknownTour(f"no tour {tour_id}; `make tours` lists the newest")
        return TourStory(
            tour,
            db.timeline.of_tour(tour_id),
            db.outbox_reports.pending_messages_of(tour_id),
            db.grants.of_tour(tour_id),
            db.consents.of_tour(tour_id),
            db.prospect_events.of_prospect(tour.prospect_id) if tour.prospect_id else [],
            units_entered(db.access_events.door_openings(tour_id)),
        )


def list_newest_tours(via: Collaborators, limit: int) -> list[Tour]:
    """The tours booked last."""
    with via.db.read() as db:
        return db.tours.newest(limit)


def list_dead_messages(via: Collaborators) -> list[KeptMessage]:
    """The messages we gave up on."""
    with via.db.read() as db:
        return db.outbox_reports.dead_messages()


def list_failing_messages(via: Collaborators) -> list[KeptMessage]:
    """The messages that were tried and will be tried again, the oldest first."""
    with via.db.read() as db:
        return db.outbox_reports.postponed_messages(_MOST_SHOWN)


def list_unreadable_notices(via: Collaborators) -> list[UnreadableNotice]:
    """The notices from Knock that do not fit the contract."""
    with via.db.read() as db:
        return db.notices.unreadable()


def list_tasks(via: Collaborators) -> list[OperatorTask]:
    """The open tasks: what only a person can do."""
    with via.db.read() as db:
        return db.tasks.list_open()


def finish_task(via: Collaborators, task_id: int, now: datetime) -> OperatorTask:
    """The operator has done it. Raises NotNow when no such task is open."""
    with via.db.transaction() as tx:
        task = tx.tasks.finish(task_id, now)
        if task is None:
            raise NotNow(f"task {task_id} is not open; `make tasks` lists those that are")
        tx.timeline.note(task.tour_id, "task.done", now, task=task.what)
        if task.what is Task.REVOKE_ACCESS:
            tx.grants.mark_revoked(task.detail["grantId"], now)
        return task


def make_everything_due(via: Collaborators, now: datetime) -> None:
    """Make every check, every feed and every message that a jumped clock put off due now."""
    with via.db.transaction() as tx:
        tx.outbox.repair_after_clock_jump(now)
        tx.due_tours.look_at_all_again(now)


def replay_message(via: Collaborators, message_id: int, now: datetime) -> KeptMessage:
    """Try a dead message again. Raises NotNow when no such message is dead."""
    with via.db.transaction() as tx:
        message = tx.outbox.replay_dead(message_id, now)
        if message is None:
            raise NotNow(f"message {message_id} is not dead; `make outbox` lists those that are")
        tx.timeline.note(message.subject_id, "message.replayed", now, kind=message.kind, messageId=message_id)
        return message


def cancel_as_operator(via: Collaborators, tour_id: str, now: datetime) -> Tour:
    """Cancel a tour for the operator. Raises UnknownTour, NotNow."""
    with via.db.transaction() as tx:
        tour = tx.tours.lock(tour_id)
        if tour is None:
            raise UnknownTour(f"no tour {tour_id}")
        if not may_cancel(tour, Reason.OPERATOR):
            raise NotNow(f"tour {tour_id} is {tour.status} and cannot be cancelled")
        return transitions.cancel_tour(tx, tour, Reason.OPERATOR, now)


def count_everything(via: Collaborators, now: datetime) -> SystemCounts:
    """For the metrics and for `make outbox`."""
    with via.db.read() as db:
        return SystemCounts(
            via.tour_counts.get(db.tours.count),
            db.outbox_reports.count_open(),
            db.outbox_reports.oldest_due(),
            db.access_events.count_unmatched(),
            db.tasks.count_open(),
            db.grants.count_unrevoked(),
            db.grants.revocation_times(now - _MEASURED),
            db.outbox_reports.count_failing(),
            db.heartbeats.list_all(),
            db.partner_outcomes.list_all(),
        )
