"""Nothing that was acknowledged is lost: tours, and what their holders were told is done."""

from collections.abc import Iterator
from datetime import datetime

from tests.campaign.ledger import Acknowledged, Act, Ledger
from tests.campaign.truth.differences import Difference
from tests.campaign.truth.ours import Ours
from vendor_app.domain.access import each_unit_once
from vendor_app.domain.tasks import Task
from vendor_app.domain.tours import Status, Tour

_LINE = {"check-in": "tour.checked_in", "finish": "tour.completed"}


def tours_differ(ours: Ours, ledger: Ledger) -> Iterator[Difference]:
    """What of the prospects' tours is not as they were told."""
    for booking in ledger.booked.values():
        tour = ours.tours.get(booking.tour_id)
        if tour is None:
            yield Difference("tours", booking.tour_id, "was acknowledged and is not stored")
            continue
        for what in _not_as_asked(booking, tour, ours):
            yield Difference("tours", booking.tour_id, what)
    for act in ledger.acts:
        if act.tour_id in ours.tours and not _is_done(act, ours):
            yield Difference("tours", act.tour_id, f"{act.verb} was acknowledged at {act.at:%H:%M:%S} and has left no trace")
    for tour in ours.tours.values():
        if problem := _not_settled(tour, ours):
            yield Difference("tours", tour.tour_id, problem)


def _not_as_asked(booking: Acknowledged, tour: Tour, ours: Ours) -> Iterator[str]:
    if tour.source_title != booking.source_title:
        yield f"its source title is {tour.source_title!r}, and was {booking.source_title!r}"
    if tour.community_id != booking.community_id or tour.profile.items() < booking.profile.items():
        yield "it is somebody else's, or elsewhere"
    if tour.unit_names != each_unit_once(booking.units):
        yield "its units are not those asked for"
    starts = [datetime.fromisoformat(line["start"]) for line in ours.lines(tour.tour_id, "tour.requested")]
    if starts != [booking.start]:
        yield f"it was requested for {starts}, and asked for {booking.start}"


def _is_done(act: Act, ours: Ours) -> bool:
    if act.verb == "cancel":
        return ours.tours[act.tour_id].status is Status.CANCELLED
    if act.verb == "reschedule":
        moves = ours.lines(act.tour_id, "tour.moved") + ours.lines(act.tour_id, "tour.requested")
        return act.start in [datetime.fromisoformat(line["start"]) for line in moves]
    return bool(ours.lines(act.tour_id, _LINE[act.verb])) if act.verb in _LINE else True


def _not_settled(tour: Tour, ours: Ours) -> str:
    partial = any(one.what is Task.CHECK_PARTIAL_BOOKING and one.tour_id == tour.tour_id for one in ours.tasks)
    if tour.status is Status.REQUESTED and not partial:
        return "is still requested"
    return "its move is not settled" if tour.next_starts_at is not None and not partial else ""
