"""The tour's own page: what happens when, the door code at the door, and the way out."""

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug import Response as AnyResponse

from schemas.booking import Reschedule
from vendor_app.domain import AccessState, Span, Status
from vendor_app.domain.cancelling import words_of
from vendor_app.usecases.booking.list_times import list_times_to_move_to
from vendor_app.usecases.booking.reschedule_tour import reschedule_tour
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.doors.verify_contact import request_code, verify_code
from vendor_app.usecases.errors import (
    InvalidField,
    KnockUnavailable,
    NotNow,
    TimeTaken,
    TooManyAttempts,
    UnknownCommunity,
    UseCaseError,
)
from vendor_app.usecases.visit.tour_holder import TourSeen, cancel_as_prospect, check_in, finish_tour, show_tour
from vendor_app.web.authentication import authenticated_by, token_in_path
from vendor_app.web.current import collaborators, now
from vendor_app.web.pages.days import by_day
from vendor_app.web.problems import problem_of

_reschedule = Reschedule()
# Knock is down, or the community takes no such tours any more: the tour itself is as it was.
_CANNOT_SAY = (KnockUnavailable, UnknownCommunity, InvalidField)
_NO_OTHER = "There are no other times for this tour just now. Please call the community."
blueprint = authenticated_by(token_in_path, Blueprint("tour_pages", __name__))


@blueprint.get("/tour/<token>")
def show(token: str) -> Response:
    """The tour as it is now."""
    return _page(show_tour(collaborators(), token, now()))


@blueprint.post("/tour/<token>/check-in")
def arrive(token: str) -> AnyResponse:
    """The prospect is at the door."""
    return _do(check_in, token)


@blueprint.post("/tour/<token>/finish")
def finish(token: str) -> AnyResponse:
    """The prospect is done."""
    return _do(finish_tour, token)


@blueprint.post("/tour/<token>/cancel")
def cancel(token: str) -> AnyResponse:
    """The prospect does not come."""
    return _do(cancel_as_prospect, token)


@blueprint.post("/tour/<token>/verification")
def verify(token: str) -> AnyResponse:
    """The prospect has a code sent, or types the one that came."""
    code = request.form.get("code", "").strip()
    try:
        if code:
            verify_code(collaborators(), token, code, now())
        else:
            request_code(collaborators(), token, now())
    except (InvalidField, NotNow, TooManyAttempts) as error:
        return _refused(token, error)
    return redirect(url_for("tour_pages.show", token=token), 303)


@blueprint.get("/tour/<token>/reschedule")
def pick_time(token: str) -> AnyResponse:
    """Other times for this tour, or its page where it cannot move any more."""
    return _pick_time(token)


@blueprint.post("/tour/<token>/reschedule")
def move(token: str) -> AnyResponse:
    """The prospect takes another time."""
    try:
        start = _reschedule.load({"startTime": request.form.get("startTime")})["start_time"]
        reschedule_tour(collaborators(), token, start, now())
    except ValidationError:
        return _pick_time(token, "Pick a time.", 422)
    except TimeTaken as error:
        return _times_page(token, str(error), 409, error.times)
    except (NotNow, TooManyAttempts, *_CANNOT_SAY) as error:
        return _page(show_tour(collaborators(), token, now()), _why(error), problem_of(error).status)
    return redirect(url_for("tour_pages.show", token=token), 303)


def _why(error: UseCaseError) -> str:
    """For somebody who has a tour: what is not to be had is another time."""
    return _NO_OTHER if isinstance(error, UnknownCommunity | InvalidField) else str(error)


def _pick_time(token: str, message: str = "", status: int = 200) -> AnyResponse:
    seen = show_tour(collaborators(), token, now())
    if not _can_move(seen, now()):
        return redirect(url_for("tour_pages.show", token=token), 303)
    try:
        return _times_page(token, message, status)
    except _CANNOT_SAY as error:
        return _page(seen, _why(error), problem_of(error).status)


def _times_page(token: str, message: str = "", status: int = 200, known: Sequence[Span] | None = None) -> Response:
    seen = show_tour(collaborators(), token, now())
    tour = seen.tour
    if known is None:
        known = list_times_to_move_to(collaborators(), tour, now())
    starts = tour.local(tour.starts_at)
    page = render_template("reschedule.html", seen=seen, starts=starts, days=by_day(known), message=message)
    return make_response(page, status)


def _do(act: Callable[[Collaborators, str, datetime], TourSeen], token: str) -> AnyResponse:
    try:
        act(collaborators(), token, now())
    except (NotNow, TooManyAttempts) as error:
        return _refused(token, error)
    return redirect(url_for("tour_pages.show", token=token), 303)


def _refused(token: str, error: UseCaseError) -> Response:
    """The tour as it is, and why what was pressed was not done."""
    said = problem_of(error)
    page = _page(show_tour(collaborators(), token, now()), str(error), said.status)
    page.headers.extend(said.headers)
    return page


def _page(seen: TourSeen, message: str = "", status: int = 200) -> Response:
    at = now()
    tour = seen.tour
    page = render_template(
        "tour.html",
        seen=seen,
        tour=tour,
        starts=tour.local(tour.starts_at),
        ends=tour.local(tour.ends_at),
        opens=tour.local(tour.opens_at),
        closes=tour.local(tour.closes_at),
        has_lock=seen.access is not AccessState.NONE,
        in_window=tour.in_window(at),
        over=at > tour.closes_at,
        wanted=seen.wanted,
        can_move=_can_move(seen, at),
        why=words_of(tour.reason),
        refreshes=_changes_by_itself(seen, at),
        message=message,
    )
    return make_response(page, status)


def _can_move(seen: TourSeen, at: datetime) -> bool:
    return seen.tour.status is Status.CONFIRMED and at < seen.tour.starts_at and seen.wanted is None


def _changes_by_itself(seen: TourSeen, at: datetime) -> bool:
    """Whether the page should look again: while we wait for Knock, for the code, or for a door to open."""
    arrived = seen.tour.in_window(at) and seen.tour.checked_in_at is not None
    waits_for_knock = seen.tour.status is Status.REQUESTED and seen.tour.held_at is None
    return waits_for_knock or arrived or seen.wanted is not None
