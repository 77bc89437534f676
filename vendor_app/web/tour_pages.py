"""The tour's own page: what happens when, the door code at the door, and the way out."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug import Response as AnyResponse

from schemas.booking import Reschedule
from vendor_app.domain.access import AccessState
from vendor_app.domain.slots import Span
from vendor_app.domain.tours import Status
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.errors import KnockUnavailable, NotNow, TimeTaken
from vendor_app.usecases.list_times import list_times
from vendor_app.usecases.reschedule_tour import reschedule_tour
from vendor_app.usecases.touring import TourSeen, cancel_tour, check_in, finish_tour, show_tour
from vendor_app.web.authentication import authenticated_by, token_in_path
from vendor_app.web.booking_pages import by_day
from vendor_app.web.current import collaborators, now
from vendor_app.web.problems import problem_of

_reschedule = Reschedule()
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
    return _do(cancel_tour, token)


@blueprint.get("/tour/<token>/reschedule")
def pick_time(token: str) -> Response:
    """Other times for this tour."""
    return _times_page(token)


@blueprint.post("/tour/<token>/reschedule")
def move(token: str) -> AnyResponse:
    """The prospect takes another time."""
    try:
        start = _reschedule.load({"startTime": request.form.get("startTime")})["start_time"]
        reschedule_tour(collaborators(), token, start, now())
    except ValidationError:
        return _times_page(token, "Pick a time.", 422)
    except TimeTaken as error:
        return _times_page(token, str(error), 409, error.times)
    except (NotNow, KnockUnavailable) as error:
        return _page(show_tour(collaborators(), token, now()), str(error), problem_of(error).status)
    return redirect(url_for("tour_pages.show", token=token), 303)


def _times_page(token: str, message: str = "", status: int = 200, known: list[Span] | None = None) -> Response:
    seen = show_tour(collaborators(), token, now())
    tour = seen.tour
    if known is None:
        found = list_times(collaborators(), tour.community_id, tour.tour_type, now(), besides=tour.tour_id)
        known = [span for span in found.times if span.start != tour.starts_at]
    starts = tour.local(tour.starts_at)
    page = render_template("reschedule.html", seen=seen, starts=starts, days=by_day(known), message=message)
    return make_response(page, status)


def _do(act: Callable[[Collaborators, str, datetime], TourSeen], token: str) -> AnyResponse:
    try:
        act(collaborators(), token, now())
    except NotNow as error:
        return _page(show_tour(collaborators(), token, now()), str(error), 409)
    return redirect(url_for("tour_pages.show", token=token), 303)


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
        wanted=tour.next_span,
        can_move=tour.status is Status.CONFIRMED and at < tour.starts_at and tour.next_span is None,
        refreshes=_changes_by_itself(seen, at),
        message=message,
    )
    return make_response(page, status)


def _changes_by_itself(seen: TourSeen, at: datetime) -> bool:
    """Whether the page should look again: while we wait for Knock, for the code, or for a door to open."""
    arrived = seen.tour.in_window(at) and seen.tour.checked_in_at is not None
    return seen.tour.status is Status.REQUESTED or arrived or seen.tour.next_span is not None
