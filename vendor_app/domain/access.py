"""Access grants and windows, which openings are the prospect's own, and what to do when access is late (partner-contract, 3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from vendor_app.domain.communities import CommunityRules, unit_key
from vendor_app.domain.partners.known import LockKind
from vendor_app.domain.partners.locks import Credential
from vendor_app.domain.slots import Span
from vendor_app.domain.tours import Status, Tour, TourType

# Methods of ours: a code that is not our credential, a remote opening we did not ask for, a unit that the prospect reported.
KEYCODE_OF_OTHERS, REMOTE_BY_OTHERS, REPORTED = "keycode of others", "remote by others", "reported"
# Methods that do not prove that the prospect opened: by hand from inside, by the lock itself, for an unknown cause, …
_NOT_THE_PROSPECT = frozenset({"manual", "automatic", "unknown", KEYCODE_OF_OTHERS, REMOTE_BY_OTHERS, REPORTED})
# However late a tour was booked, the lock system gets this long before we give up on it.
_LEAST_TIME_TO_GRANT = timedelta(minutes=5)
# How long each attempt after the first one gets.
_TIME_OF_AN_ATTEMPT = timedelta(minutes=2)


class AccessState(StrEnum):
    """Will the door open? `ready` only once the lock system said so, `active` from the first door on."""

    NONE = "none"
    PENDING = "pending"
    READY = "ready"
    ACTIVE = "active"
    CLOSED = "closed"
    FAILED = "failed"


@dataclass(frozen=True)
class Attempt:
    """The number of a grant among those of one window, and its credential."""

    number: int = 1
    credential: Credential = Credential.CODE


FIRST_ATTEMPT = Attempt()


@dataclass(frozen=True, kw_only=True)
class AccessGrant:
    """What we asked a lock system for. Code and link are sealed; `answered_at` is when the lock system last issued or refused it.

    `opens_at`/`closes_at` is the window asked for. `reference` is the lock system's own id. `attempt` counts the grants of one
    window: the first, a second one, and one with another credential. `may_act_until`: a request of ours was never answered, and
    until then the lock system may still act on it. `closed_at` is when we ended it, `revoke_sent_at` when the lock system was
    first told, `revoked_at` when it had confirmed.
    """

    grant_id: str
    tour_id: str
    state: AccessState
    opens_at: datetime
    closes_at: datetime
    lock: LockKind = LockKind.HTTP
    credential: Credential = Credential.CODE
    attempt: int = 1
    reference: str | None = None
    sealed_code: str | None = None
    sealed_link: str | None = None
    may_act_until: datetime | None = None
    closed_at: datetime | None = None
    revoke_sent_at: datetime | None = None
    created_at: datetime
    answered_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True)
class DoorOpening:
    """A door that the lock system reported open."""

    occurred_at: datetime
    unit_name: str | None
    method: str | None


def access_window(span: Span, early: timedelta, late: timedelta) -> Span:
    """The span in which the prospect's credential may open a door."""
    return Span(span.start - early, span.end + late)


def by_own_credential(method: str | None) -> bool:
    """Whether a door opened by this method was opened by the prospect; no method counts as theirs."""
    return method is None or method.lower() not in _NOT_THE_PROSPECT


def units_entered(openings: Iterable[DoorOpening]) -> list[str]:
    """The units whose doors the prospect opened, in order, each once; names compare without case and spaces."""
    ours = (one for one in openings if (one.unit_name or "").strip() and by_own_credential(one.method))
    return each_unit_once(one.unit_name or "" for one in sorted(ours, key=lambda one: one.occurred_at))


def devices_for(rules: CommunityRules, unit_names: Sequence[str]) -> list[str]:
    """The devices a tour's credential opens: doors without a unit, and those of the units asked for (of all units if none)."""
    wanted = {unit_key(name) for name in unit_names}
    return [door.device for door in rules.doors if door.unit is None or not wanted or unit_key(door.unit) in wanted]


def each_unit_once(names: Iterable[str]) -> list[str]:
    """Each unit once, as first written, in order."""
    units: dict[str, str] = {}
    for name in names:
        units.setdefault(unit_key(name), name)
    return list(units.values())


def is_among(unit: str, names: Iterable[str]) -> bool:
    """Whether one of these names is that unit's."""
    return unit_key(unit) in map(unit_key, names)


def access_state(tour: Tour, grant: AccessGrant | None) -> AccessState:
    """What the prospect is told about their access."""
    if grant is None:
        return AccessState.NONE
    if grant.state is AccessState.READY and tour.status is Status.IN_PROGRESS:
        return AccessState.ACTIVE
    return grant.state


def window_of(tour_type: TourType, span: Span, early: timedelta, late: timedelta) -> Span:
    """The access window of a tour; without early and late minutes where an agent leads it."""
    return access_window(span, early, late) if tour_type is TourType.SELF_GUIDED else span


def grant_deadline(tour: Tour, lead: timedelta, *, asked_at: datetime | None = None, has_failed: bool = False) -> datetime:
    """When access that is not ready is late: `lead` before the start, so that the prospect can be told in time.

    `asked_at` is when access was asked for, where that was later than the booking: for a tour that moved.
    """
    if has_failed:
        return tour.starts_at - lead  # there is nothing to wait for, however late the tour was booked
    return max(tour.starts_at - lead, (asked_at or tour.confirmed_at or tour.created_at) + _LEAST_TIME_TO_GRANT)


class NextStep(StrEnum):
    """What to do about access that is not ready."""

    WAIT = "wait"
    AGAIN = "again"
    OTHER_CREDENTIAL = "other_credential"
    GIVE_UP = "give_up"


def next_step(tour: Tour, latest: AccessGrant, others: Sequence[Credential], lead: timedelta, now: datetime) -> NextStep:
    """What to do by the deadline: a second attempt, then another credential if the lock system has one, then give up.

    `others` are the credentials that have not been tried.
    """
    has_failed = latest.state is AccessState.FAILED
    if latest.attempt == 1:
        due = grant_deadline(tour, lead, asked_at=latest.created_at, has_failed=has_failed)
    else:
        due = latest.created_at if has_failed else latest.created_at + _TIME_OF_AN_ATTEMPT
    if latest.state not in (AccessState.PENDING, AccessState.FAILED) or now < due:
        return NextStep.WAIT
    if latest.attempt == 1:
        return NextStep.AGAIN
    return NextStep.OTHER_CREDENTIAL if latest.attempt == 2 and others else NextStep.GIVE_UP
