"""Open tasks and dead messages: which of them the campaign can explain by what it did itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from tests.campaign.places import BY_PROPEXO
from tests.campaign.play.ledger import Ledger
from tests.campaign.truth.ours import Ours, rounded
from tests.campaign.truth.theirs import Theirs
from vendor_app.domain.access import AccessState
from vendor_app.domain.prospects import same_person
from vendor_app.domain.tasks import Task
from vendor_app.domain.tours import Tour
from vendor_app.sandbox.knock.model import Status as InKnock
from vendor_app.store.database import Row


@dataclass(frozen=True)
class Leftover:
    """A task or a dead message; `why` is empty where nothing explains it."""

    subject: str
    what: str
    why: str


@dataclass(frozen=True)
class Scene:
    """All there is to judge by."""

    ours: Ours
    theirs: Theirs
    ledger: Ledger


def leftovers(scene: Scene) -> Iterator[Leftover]:
    """Each, explained or not."""
    for row in scene.ours.tasks:
        tour = scene.ours.tours[row["tour_id"]]
        why = _EXPLAINED[row["what"]](scene, tour, row) if row["what"] in _EXPLAINED else ""
        yield Leftover(tour.tour_id, f"task {row['what']} {row['detail']}", why)
    for row in scene.ours.dead:
        yield Leftover(row["subject_id"], f"dead {row['kind']}: {row['last_error']}", "")


def _appointments_of(scene: Scene, tour: Tour) -> list[str]:
    return [one for one, row in scene.ours.appointments.items() if row["tour_id"] == tour.tour_id]


def _prospects_of(scene: Scene, tour: Tour) -> list[str]:
    cards = scene.theirs.prospects.values()
    return [one.prospect_id for one in cards if same_person(tour.profile, one.email, one.phone)]


def _no_appointment_to_cancel(scene: Scene, tour: Tour, row: Row) -> str:
    """Propexo was asked, and what it did with that never reached Knock: nobody can know, so a person looks."""
    start = datetime.fromisoformat(row["detail"]["start"])
    prospects = _prospects_of(scene, tour)
    standing = [
        one
        for one in scene.theirs.appointments.values()
        if one.prospect_id in prospects and one.start == start and one.status is InKnock.CONFIRMED
    ]
    queued = tour.community_id == BY_PROPEXO
    return "Propexo was asked for it, and Knock holds nothing" if queued and not standing else ""


def _lock_failed(scene: Scene, tour: Tour, row: Row) -> str:
    failed = [
        one for one in scene.ours.grants.get(tour.tour_id, ()) if scene.ours.lines(tour.tour_id, "access.credential_failed")
    ]
    failed += [one for one in scene.ours.grants.get(tour.tour_id, ()) if scene.ours.lines(tour.tour_id, "access.failed")]
    return "the lock system said that it fails" if failed else ""


def _somebody_opened(scene: Scene, tour: Tour, row: Row) -> str:
    """A door that was opened when the access had ended, or before anybody heard that it had."""
    at = rounded(datetime.fromisoformat(row["detail"]["occurredAt"]))
    grants = {one.grant_id: one for one in scene.ours.grants.get(tour.tour_id, ())}
    opened = [one for one in scene.theirs.opened if one.grant_id in grants and rounded(one.occurred_at) == at]
    if not opened:
        return ""
    grant = grants[opened[0].grant_id]
    ended = grant.closed_at is not None and grant.state is AccessState.CLOSED
    return "a visitor opened it while the access was being ended" if ended else ""


def _succeeded_late(scene: Scene, tour: Tour, row: Row) -> str:
    grant_id = row["detail"]["grantId"]
    late = scene.ledger.meddled_with(grant_id, "succeeded late") or any(
        line for line in scene.ours.lines(tour.tour_id, "access.credential_ready")
    )
    return "the lock system issued it after it had been taken back" if late else ""


def _wrong_clock(scene: Scene, tour: Tour, row: Row) -> str:
    return "its lock told an impossible time" if scene.ledger.meddled_with(tour.tour_id, "wrong clock") else ""


def _agent_booked(scene: Scene, tour: Tour, row: Row) -> str:
    by_hand = any(scene.ledger.meddled_with(one, "booked by hand") for one in _prospects_of(scene, tour))
    return "an agent booked another appointment for them" if by_hand else ""


def _agent_revived(scene: Scene, tour: Tour, row: Row) -> str:
    by_hand = any(scene.ledger.meddled_with(one, "revived", "moved", "cancelled") for one in _appointments_of(scene, tour))
    return "an agent revived or moved its appointment" if by_hand else ""


def _partly_booked(scene: Scene, tour: Tour, row: Row) -> str:
    return "Propexo said so" if tour.community_id == BY_PROPEXO else ""


_EXPLAINED: dict[str, Callable[[Scene, Tour, Row], str]] = {
    Task.CANCEL_IN_KNOCK: _no_appointment_to_cancel,
    Task.CHECK_PARTIAL_BOOKING: _partly_booked,
    Task.SEE_WHY_DOORS_DO_NOT_OPEN: _lock_failed,
    Task.SEE_WHO_OPENED: _somebody_opened,
    Task.CHECK_REVOKED_ACCESS: _succeeded_late,
    Task.SET_CLOCK_OF_LOCK: _wrong_clock,
    Task.LOOK_FOR_NEWER_APPOINTMENT: _agent_booked,
    Task.LOOK_AT_REVIVED_APPOINTMENT: _agent_revived,
}
