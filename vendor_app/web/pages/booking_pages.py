"""The booking page: times and the form, given back with everything typed whenever something is not right."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug import Response as AnyResponse
from werkzeug.datastructures import MultiDict

from schemas.base import Instant, field_errors
from schemas.booking import BookTour, from_form
from vendor_app.domain import Span, TourType
from vendor_app.usecases.booking.arrivals import find_arrival
from vendor_app.usecases.booking.list_times import OpenTimes, list_times
from vendor_app.usecases.communities.community_directory import ServedCommunity
from vendor_app.usecases.errors import (
    InvalidField,
    KeyReused,
    KnockUnavailable,
    NotNow,
    TimeTaken,
    TooManyBookings,
    UseCaseError,
)
from vendor_app.usecases.tour.tokens import token_of
from vendor_app.web.authentication import anybody, authenticated_by
from vendor_app.web.booking import book
from vendor_app.web.current import collaborators, now
from vendor_app.web.pages.days import by_day
from vendor_app.web.pages.sms_consent import sign_wording, sms_wording, wording_seen
from vendor_app.web.problems import problem_of

blueprint = authenticated_by(anybody, Blueprint("booking_pages", __name__))
_schema, _start_time = BookTour(), Instant()
_LONGEST_KEY = 255
# A form's key is ours, and nobody can guess it: it stays good when a phone changes its network.
_OF_THE_FORM = ("form",)
_FORM_USED = "You have already sent this form. To book another tour, check what you typed and send it again."


@dataclass(frozen=True)
class _Wrong:
    """What is wrong with a form that was sent. `times` are those to show, where known; a used-up key is replaced by a new one."""

    status: int = 200
    message: str = ""
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    times: Sequence[Span] | None = None
    key: str = ""


_NOTHING_WRONG = _Wrong()


@blueprint.get("/book/<arrival_id>")
def choose(arrival_id: str) -> Response:
    """Show the open times and an empty form."""
    return _page(find_arrival(collaborators(), arrival_id).community_id, request.args)


@blueprint.post("/book/<arrival_id>")
def register(arrival_id: str) -> AnyResponse:
    """Book, and go on to the tour's page."""
    community_id = find_arrival(collaborators(), arrival_id).community_id
    sent = from_form(request.form, community_id, arrival_id) | {"smsConsentWording": wording_seen(request.form)}
    key = request.form.get("idempotencyKey", "")[:_LONGEST_KEY] or secrets.token_urlsafe(16)
    try:
        tour = book(_schema.load(sent), sent, key, _OF_THE_FORM)
    except ValidationError as error:
        return _page(community_id, request.form, _Wrong(422, errors=_by_input(field_errors(error.messages)), key=key))
    except InvalidField as error:
        return _page(community_id, request.form, _Wrong(422, errors=_by_input({error.field: [str(error)]}), key=key))
    except TimeTaken as error:
        return _page(community_id, request.form, _Wrong(409, str(error), times=error.times))
    except KeyReused:
        return _page(community_id, request.form, _Wrong(409, _FORM_USED))
    except (KnockUnavailable, TooManyBookings, NotNow) as error:
        page = _page(community_id, request.form, _Wrong(problem_of(error).status, str(error), key=key))
        page.headers.extend(problem_of(error).headers)
        return page
    return redirect(url_for("tour_pages.show", token=token_of(collaborators(), tour)), 303)


def _page(community_id: str, form: "MultiDict[str, str]", wrong: _Wrong = _NOTHING_WRONG) -> Response:
    """The page with what was typed and what is wrong with it."""
    community = collaborators().communities.find(community_id, now())
    tour_type = _tour_type(form, community)
    found, message = _times(community, tour_type, wrong)
    times = found.times if found else _chosen(form, community)
    wording = sms_wording(community.name)
    page = render_template(
        "book.html",
        community=community,
        tour_type=tour_type,
        has_lock=community.rules.has_lock and tour_type is TourType.SELF_GUIDED,
        days=by_day(wrong.times or times),
        found=found,
        form=form,
        errors=wrong.errors,
        message=message,
        key=wrong.key or secrets.token_urlsafe(16),
        wording=wording,
        signed_wording=sign_wording(wording),
    )
    return make_response(page, wrong.status)


def _tour_type(form: "MultiDict[str, str]", community: ServedCommunity) -> TourType:
    """The kind asked for, or self-guided where the community has no such kind (any more)."""
    asked = form.get("tourType", "")
    return TourType(asked) if asked in community.tour_types else TourType.SELF_GUIDED


def _times(community: ServedCommunity, tour_type: TourType, wrong: _Wrong) -> tuple[OpenTimes | None, str]:
    try:
        return list_times(collaborators(), community.community_id, tour_type, now()), wrong.message
    except UseCaseError as error:
        if wrong is _NOTHING_WRONG:
            raise
        return None, wrong.message or str(error)


def _chosen(form: "MultiDict[str, str]", community: ServedCommunity) -> list[Span]:
    """The time that was picked: all there is to show while Knock cannot be asked for times."""
    try:
        start = _start_time.deserialize(form.get("startTime", ""))
    except ValidationError:
        return []
    return [Span(start, start + community.rules.slots.tour)]


def _by_input(errors: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Messages by the name of the input they belong beside."""
    by_input: dict[str, list[str]] = {}
    for path, said in errors.items():
        by_input.setdefault(path.removeprefix("profile.").partition(".")[0], []).extend(said)
    return by_input
