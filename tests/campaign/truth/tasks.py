"""Open tasks and dead messages: which of them the campaign can explain by what it did itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sandbox.knock.model import Status as InKnock
from sandbox.propexo.model import State
from tests.campaign.communities import BY_PROPEXO
from tests.campaign.ledger import Ledger, booked_by_hand
from tests.campaign.truth.ours import Ours, rounded
from tests.campaign.truth.theirs import Theirs
from vendor_app.domain.access import AccessState
from vendor_app.domain.prospects import same_person
from vendor_app.domain.tasks import Task
from vendor_app.domain.tours import Tour
from vendor_app.store.tasks import OperatorTask


@dataclass(frozen=True)
class Leftover:
    """A task or a dead message; `why` is empty where nothing explains it."""

    subject: str
    what: str
    why: str


@dataclass(frozen=True)
class Evidence:
    """All there is to judge by."""

    ours: Ours
    theirs: Theirs
    ledger: Ledger


def leftovers(evidence: Evidence) -> Iterator[Leftover]:
    """Each, explained or not."""
    for task in evidence.ours.tasks:
        tour = evidence.ours.tours[task.tour_id]
        why = _EXPLAINED[task.what](evidence, tour, task) if task.what in _EXPLAINED else ""
        yield Leftover(tour.tour_id, f"task {task.what} {task.detail}", why)
    for message in evidence.ours.dead:
        yield Leftover(message.subject_id, f"dead {message.kind}: {message.last_error}", "")


def _appointments_of(evidence: Evidence, tour: Tour) -> list[str]:
    return [one for one, row in evidence.ours.appointments.items() if row["tour_id"] == tour.tour_id]


def _prospects_of(evidence: Evidence, tour: Tour) -> list[str]:
    cards = evidence.theirs.prospects.values()
    return [one.prospect_id for one in cards if same_person(tour.profile, one.email, one.phone)]


def _no_appointment_to_cancel(evidence: Evidence, tour: Tour, task: OperatorTask) -> str:
    """Propexo was asked, and what it did with that never reached Knock: nobody can know, so a person looks."""
    start = datetime.fromisoformat(task.detail["start"])
    prospects = _prospects_of(evidence, tour)
    standing = [
        one
        for one in evidence.theirs.appointments.values()
        if one.prospect_id in prospects and one.start == start and one.status is InKnock.CONFIRMED
    ]
    queued = tour.community_id == BY_PROPEXO
    return "Propexo was asked for it, and Knock holds nothing" if queued and not standing else ""


def _no_appointment_to_visit(evidence: Evidence, tour: Tour, task: OperatorTask) -> str:
    """What Propexo booked in part may have no appointment in Knock: there is nothing to post the visit to."""
    prospects = _prospects_of(evidence, tour)
    there = [
        one
        for one in evidence.theirs.appointments.values()
        if one.prospect_id in prospects and one.start == tour.starts_at and one.status is not InKnock.CANCELLED
    ]
    queued = tour.community_id == BY_PROPEXO
    return "Propexo booked it, and Knock has no appointment of theirs at that time" if queued and not there else ""


def _lock_failed(evidence: Evidence, tour: Tour, task: OperatorTask) -> str:
    failed = [
        one for one in evidence.ours.grants.get(tour.tour_id, ()) if evidence.ours.lines(tour.tour_id, "access.credential_failed")
    ]
    failed += [one for one in evidence.ours.grants.get(tour.tour_id, ()) if evidence.ours.lines(tour.tour_id, "access.failed")]
    return "the lock system said that it fails" if failed else ""


def _somebody_opened(evidence: Evidence, tour: Tour, task: OperatorTask) -> str:
    """A door that was opened when the access had ended, or before anybody heard that it had."""
    at = rounded(datetime.fromisoformat(task.detail["occurredAt"]))
    grants = {one.grant_id: one for one in evidence.ours.grants.get(tour.tour_id, ())}
    opened = [one for one in evidence.theirs.opened if one.grant_id in grants and rounded(one.occurred_at) == at]
    if not opened:
        return ""
    grant = grants[opened[0].grant_id]
    ended = grant.closed_at is not None and grant.state is AccessState.CLOSED
    return "a visitor opened it while the access was being ended" if ended else ""


def _succeeded_late(evidence: Evidence, tour: Tour, task: OperatorTask) -> str:
    grant_id = task.detail["grantId"]
    late = evidence.ledger.meddled_with(grant_id, "succeeded late") or any(
        line for line in evidence.ours.lines(tour.tour_id, "access.credential_ready")
    )
    return "the lock system issued it after it had been taken back" if late else ""


def _wrong_clock(evidence: Evidence, tour: Tour, task: OperatorTask) -> str:
    return "its lock told an impossible time" if evidence.ledger.meddled_with(tour.tour_id, "wrong clock") else ""


def _agent_booked(evidence: Evidence, tour: Tour, task: OperatorTask) -> str:
    """Knock's feed tells of what an agent has booked by hand, at the very time that the task names."""
    start = datetime.fromisoformat(task.detail["start"])
    by_hand = any(evidence.ledger.meddled_with(one, booked_by_hand(start)) for one in _prospects_of(evidence, tour))
    return "an agent booked another appointment for them" if by_hand else ""


def _agent_revived(evidence: Evidence, tour: Tour, task: OperatorTask) -> str:
    """An agent has made this appointment stand again; or Knock said so, late, of one that it has cancelled."""
    appointment_id = task.detail["appointmentId"]
    if evidence.ledger.meddled_with(appointment_id, "revived", "moved"):
        return "an agent revived or moved its appointment"
    lines = [(line["what"], line["detail"]) for line in evidence.ours.timelines[tour.tour_id]]
    ours = [(what, detail) for what, detail in lines if detail.get("appointmentId") == appointment_id]
    cancelled = [number for number, (what, _) in enumerate(ours) if what == "knock.appointment_cancelled"]
    told = [number for number, (_, detail) in enumerate(ours) if detail.get("status") == "CONFIRMED"]
    is_cancelled = evidence.theirs.appointments[appointment_id].status is InKnock.CANCELLED
    late = is_cancelled and cancelled and told and max(told) > min(cancelled)
    return "a notice from before its cancellation was sent after it" if late else ""


def _partly_booked(evidence: Evidence, tour: Tour, task: OperatorTask) -> str:
    job = evidence.theirs.jobs.get(task.detail["jobId"])
    ours = task.detail["jobId"] in [line["jobId"] for line in evidence.ours.lines(tour.tour_id, "propexo.queued")]
    return "Propexo has done a part of it" if ours and job and job.state is State.PARTIAL_SUCCESS else ""


_EXPLAINED: dict[str, Callable[[Evidence, Tour, OperatorTask], str]] = {
    Task.CANCEL_IN_KNOCK: _no_appointment_to_cancel,
    Task.CHECK_PARTIAL_BOOKING: _partly_booked,
    Task.POST_VISIT: _no_appointment_to_visit,
    Task.SEE_WHY_DOORS_DO_NOT_OPEN: _lock_failed,
    Task.SEE_WHO_OPENED: _somebody_opened,
    Task.CHECK_REVOKED_ACCESS: _succeeded_late,
    Task.SET_CLOCK_OF_LOCK: _wrong_clock,
    Task.LOOK_FOR_NEWER_APPOINTMENT: _agent_booked,
    Task.LOOK_AT_REVIVED_APPOINTMENT: _agent_revived,
}
