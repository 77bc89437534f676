"""A tour and its life.

    requested ──► confirmed ──► in_progress ──► completed
        │             ├──────► no_show ┄┄► in_progress   (an offline lock told us late that a door had been opened)
        ├─► rejected  └──────► cancelled ◄── requested

`requested` means: we may have asked Knock, and do not know the answer yet. Times are aware UTC. A tour that an agent leads
(in person, by video) has no doors and no visit of ours: it goes from confirmed to completed, or to no_show, as Knock says, and
from one of these to the other when the agent corrects that. A no-show or a cancellation that a wrong clock decided is taken back.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from vendor_app.domain.cancelling import Reason
from vendor_app.domain.errors import WrongState
from vendor_app.domain.slots import Span


class TourType(StrEnum):
    """How a tour is led, in Knock's words."""

    SELF_GUIDED = "SELF_GUIDED"
    IN_PERSON = "IN_PERSON"
    LIVE_VIDEO = "LIVE_VIDEO"


class Status(StrEnum):
    """Where a tour is in its life."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


LIVE = frozenset({Status.CONFIRMED, Status.IN_PROGRESS})
HOLDS_SLOT = LIVE | {Status.REQUESTED}

_NEXT = {
    Status.REQUESTED: {Status.CONFIRMED, Status.REJECTED, Status.CANCELLED},
    Status.CONFIRMED: {Status.IN_PROGRESS, Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED},
    Status.IN_PROGRESS: {Status.COMPLETED},
    Status.NO_SHOW: {Status.IN_PROGRESS, Status.COMPLETED},
    Status.COMPLETED: {Status.NO_SHOW},
}


@dataclass(frozen=True, kw_only=True)
class Tour:
    """One prospect's booking of one slot.

    `utc_offset` is the property's, in seconds; `opens_at`/`closes_at` bound the prospect's access. `started_at` is the first
    door opened by their own credential: the visit's time. `unit_names` is what they asked to see, `visit_unit_names` what
    Knock was told (what was opened is in the lock's events). `next_…` is the time they want to move to, while Knock's
    answer to that is not known; it holds its place like the tour's own. `job_id` is Propexo's. `prospect_asked_at` is when
    Knock was asked who they are, which is done once. `held_at`: somebody with this contact has a verified tour, and Knock is
    not asked before this one is verified too.
    """

    tour_id: str
    token_hash: str
    community_id: str
    tour_type: TourType = TourType.SELF_GUIDED
    arrival_id: str | None
    source_title: str | None
    status: Status
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    closes_at: datetime
    utc_offset: int
    profile: dict[str, Any]
    email_key: str | None
    phone_key: str | None
    sms_consent: bool
    unit_names: list[str] = field(default_factory=list)
    client: str = ""
    appointment_id: str | None = None
    prospect_id: str | None = None
    visit_id: str | None = None
    reason: Reason | None = None
    created_at: datetime
    confirmed_at: datetime | None = None
    checked_in_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    visit_asked_at: datetime | None = None
    visit_posted_at: datetime | None = None
    visit_unit_names: list[str] | None = None
    next_starts_at: datetime | None = None
    next_ends_at: datetime | None = None
    next_utc_offset: int | None = None
    job_id: str | None = None
    prospect_asked_at: datetime | None = None
    held_at: datetime | None = None

    @property
    def is_self_guided(self) -> bool:
        """Whether the prospect is on their own: only then there are doors and a visit to post."""
        return self.tour_type is TourType.SELF_GUIDED

    @property
    def units_reported(self) -> list[str] | None:
        """The units that Knock was told, once the visit stands there."""
        return self.visit_unit_names if self.visit_posted_at else None

    @property
    def next_span(self) -> Span | None:
        """The time they want to move to, on the property's clock, while Knock's answer is not known."""
        if self.next_starts_at is None or self.next_ends_at is None:
            return None
        zone = timezone(timedelta(seconds=self.next_utc_offset or 0))
        return Span(self.next_starts_at.astimezone(zone), self.next_ends_at.astimezone(zone))

    @property
    def span(self) -> Span:
        """The booked time."""
        return Span(self.starts_at, self.ends_at)

    @property
    def local_span(self) -> Span:
        """The booked time on the property's own clock."""
        return Span(self.local(self.starts_at), self.local(self.ends_at))

    def without_job(self) -> "Tour":
        """The tour without Propexo's job, which has ended or is unknown."""
        return replace(self, job_id=None)

    def local(self, at: datetime) -> datetime:
        """An instant on the property's own clock."""
        return at.astimezone(timezone(timedelta(seconds=self.utc_offset)))

    def in_window(self, now: datetime) -> bool:
        """Whether the prospect's credential may open a door now."""
        return self.status in LIVE and self.opens_at <= now <= self.closes_at


def confirm(tour: Tour, appointment_id: str | None, prospect_id: str | None, now: datetime) -> Tour:
    """The tour is booked as `appointment_id`, None through Propexo."""
    known = prospect_id or tour.prospect_id
    return replace(_go(tour, Status.CONFIRMED), appointment_id=appointment_id, prospect_id=known, confirmed_at=now)


def ask_to_move(tour: Tour, to: Span) -> Tour:
    """The prospect wants another time; `to` is on the property's clock."""
    return replace(tour, next_starts_at=to.start, next_ends_at=to.end, next_utc_offset=_offset(to.start), job_id=None)


def stay(tour: Tour) -> Tour:
    """The tour keeps its time: the other one was refused, or is not wanted any more."""
    return replace(tour, next_starts_at=None, next_ends_at=None, next_utc_offset=None, job_id=None)


def move(tour: Tour, to: Span, window: Span) -> Tour:
    """The tour takes place at `to` (on the property's clock); a check-in for the old time does not count."""
    if tour.status is not Status.CONFIRMED:
        raise WrongState(f"a tour that is {tour.status} cannot move to another time")
    moved = replace(stay(tour), starts_at=to.start, ends_at=to.end, utc_offset=_offset(to.start))
    return replace(moved, opens_at=window.start, closes_at=window.end, checked_in_at=None, ended_at=None)


def reject(tour: Tour, reason: Reason) -> Tour:
    """The tour was never booked."""
    return replace(_go(tour, Status.REJECTED), reason=reason, held_at=None)


def may_cancel(tour: Tour, reason: Reason) -> bool:
    """Whether the tour may still be cancelled for this reason."""
    return tour.status is Status.CONFIRMED or (tour.status is Status.REQUESTED and reason.withdraws_requests)


def cancel(tour: Tour, reason: Reason, now: datetime) -> Tour:
    """The tour will not take place."""
    if not may_cancel(tour, reason):
        raise WrongState(f"a tour that is {tour.status} cannot become {Status.CANCELLED}: {reason}")
    return replace(_go(tour, Status.CANCELLED), reason=reason, ended_at=now, held_at=None)


def begin(tour: Tour, at: datetime) -> Tour:
    """The visit began at `at`."""
    return replace(_go(tour, Status.IN_PROGRESS), started_at=at)


def complete(tour: Tour, now: datetime) -> Tour:
    """The visit is over, or the agent who led it says that somebody came after all. An end noted before is kept."""
    if tour.is_self_guided and tour.status is Status.NO_SHOW:
        raise WrongState("a self-guided tour that is no_show cannot become completed: a door has to open first")
    return replace(_go(tour, Status.COMPLETED), ended_at=tour.ended_at or now)


def miss(tour: Tour, now: datetime) -> Tour:
    """The window is over and no door was opened, or the agent who led it says that nobody came."""
    if tour.is_self_guided and tour.status is Status.COMPLETED:
        raise WrongState("a self-guided tour that is completed cannot become no_show: its doors were opened")
    return replace(_go(tour, Status.NO_SHOW), ended_at=tour.ended_at or now)


def revive(tour: Tour, appointment_id: str | None) -> Tour:
    """Undo an end that a wrong clock caused; without an appointment that still stands the tour is `requested` again."""
    if tour.status not in (Status.NO_SHOW, Status.CANCELLED):
        raise WrongState(f"a tour that is {tour.status} was not ended by a wrong clock")
    status = Status.CONFIRMED if appointment_id else Status.REQUESTED
    return replace(tour, status=status, reason=None, ended_at=None, appointment_id=appointment_id)


def _offset(at: datetime) -> int:
    return int((at.utcoffset() or timedelta(0)).total_seconds())


def _go(tour: Tour, status: Status) -> Tour:
    if status not in _NEXT.get(tour.status, ()):
        raise WrongState(f"a tour that is {tour.status} cannot become {status}")
    return replace(tour, status=status)
