"""The tour's own page: what happens when, the door code at the door, and the way out."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from werkzeug import Response as AnyResponse

from vendor_app.domain.access import AccessState
from vendor_app.domain.tours import Status
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.errors import NotNow
from vendor_app.usecases.touring import TourSeen, cancel_tour, check_in, finish_tour, show_tour
from vendor_app.web.authentication import authenticated_by, token_in_path
from vendor_app.web.current import collaborators, now

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
        refreshes=_changes_by_itself(seen, at),
        message=message,
    )
    return make_response(page, status)


def _changes_by_itself(seen: TourSeen, at: datetime) -> bool:
    """Whether the page should look again: while we wait for Knock, for the code, or for a door to open."""
    arrived = seen.tour.in_window(at) and seen.tour.checked_in_at is not None
    return seen.tour.status is Status.REQUESTED or arrived
