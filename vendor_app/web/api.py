"""The JSON API: times, bookings, and a tour for the holder of its token."""

from typing import Any

from flask import Response, g
from flask.views import MethodView
from marshmallow import EXCLUDE, Schema, fields, validate

from schemas.booking import BookTour, Finish, Reschedule, TimesQuery, TypedCode
from schemas.tours import BookedTour, CheckedInTour, Timeline, Times, TourView
from vendor_app.domain import Status, Tour
from vendor_app.usecases.booking.list_times import list_times
from vendor_app.usecases.booking.reschedule_tour import reschedule_tour
from vendor_app.usecases.doors.verify_contact import request_code, verify_code
from vendor_app.usecases.tour.timeline import list_timeline
from vendor_app.usecases.tour.tokens import token_of
from vendor_app.usecases.visit.tour_holder import TourSeen, cancel_as_prospect, check_in, finish_tour, show_tour
from vendor_app.web.authentication import anybody, authenticated_by, tour_token
from vendor_app.web.bodies import json_body
from vendor_app.web.booking import book
from vendor_app.web.current import collaborators, now
from vendor_app.web.description import TOUR_TOKEN, ApiBlueprint
from vendor_app.web.times_json import times_json

booking = authenticated_by(anybody, ApiBlueprint("booking", __name__, url_prefix="/api/v1", description="Times and bookings"))
tours = authenticated_by(
    tour_token,
    ApiBlueprint(
        "tours",
        __name__,
        url_prefix="/api/v1/tours",
        description="A tour, for the holder of its token",
        security=(TOUR_TOKEN,),
        also=(401, 429),
    ),
)
OF_A_TOUR = [{"in": "path", "name": "tour_id", "description": "The `tourId` that the booking was answered with"}]


_EXAMPLE = {
    "communityId": "b9XQN6eMvvrr07zg",
    "sourceTitle": "Zillow",
    "startTime": "2026-11-20T14:30:00-08:00",
    "profile": {"firstName": "Jane", "lastName": "Doe", "email": "janedoe@example.com", "phone": "2065554567"},
    "smsConsent": False,
    "unitNames": ["204"],
}


class KeyHeader(Schema):
    """The client's key: the same key and body get the first answer again."""

    class Meta:
        unknown = EXCLUDE

    key = fields.String(
        required=True,
        data_key="Idempotency-Key",
        validate=validate.Length(min=1, max=255),
        metadata={
            "description": "Yours, a new one for each booking: the same key with the same body gets the first answer again"
        },
    )


@booking.route(
    "/communities/<community_id>/times",
    parameters=[{"in": "path", "name": "community_id", "description": "Knock's id of the community"}],
)
class CommunityTimes(MethodView):
    """The times of a community."""

    @booking.doc(operationId="listTimes")
    @booking.arguments(TimesQuery, location="query")
    @booking.response(200, Times)
    @booking.problem(404)
    def get(self, query: dict[str, Any], community_id: str) -> Response:
        """The open times, in the property's offset."""
        found = list_times(collaborators(), community_id, query["tour_type"], now())
        return Response(times_json(found), content_type="application/json")


@booking.route("/tours")
class Tours(MethodView):
    """Bookings."""

    @booking.doc(operationId="bookTour")
    @booking.arguments(KeyHeader, location="headers", error_status_code=400)
    @booking.arguments(BookTour, example=_EXAMPLE)
    @booking.response(201, BookedTour)
    @booking.alt_response(202, schema=BookedTour, description="Knock's answer is not known yet; look again in a minute")
    @booking.problem(404)
    @booking.problem(409, "`time-taken`: the time is not open any more, `times` are; `not-now`: it cannot be booked online")
    @booking.problem(429, "`too-many-bookings` from this address within an hour; refused ones count")
    def post(self, header: dict[str, str], loaded: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Book a tour: self-guided, or one that an agent leads where the community offers that."""
        tour = book(loaded, json_body(), header["key"])
        return _booked(tour, token_of(collaborators(), tour)), 202 if tour.status is Status.REQUESTED else 201


@tours.get("/<tour_id>")
@tours.doc(operationId="showTour")
@tours.response(200, TourView)
def show(tour_id: str) -> dict[str, Any]:
    """The tour as it is now."""
    return _view(show_tour(collaborators(), g.tour_token, now()))


@tours.post("/<tour_id>/cancel")
@tours.doc(operationId="cancelTour")
@tours.response(200, TourView)
@tours.problem(409, "`not-now`: the tour has begun, or is over")
def cancel(tour_id: str) -> dict[str, Any]:
    """The prospect does not come."""
    return _view(cancel_as_prospect(collaborators(), g.tour_token, now()))


@tours.post("/<tour_id>/check-in")
@tours.doc(operationId="checkIn")
@tours.response(200, CheckedInTour)
@tours.problem(409, "`not-now`: outside the tour's window; `not-verified`: their contact has to be verified first")
def arrive(tour_id: str) -> dict[str, Any]:
    """The prospect is at the door: answers the code, inside the window only."""
    seen = check_in(collaborators(), g.tour_token, now())
    return {**_view(seen), "code": seen.code, "link": seen.link}


@tours.post("/<tour_id>/finish")
@tours.doc(operationId="finishTour")
@tours.arguments(Finish, required=False)
@tours.response(200, TourView)
@tours.problem(409, "`not-now`: the tour has not begun")
def finish(loaded: dict[str, Any], tour_id: str) -> dict[str, Any]:
    """The prospect is done, and may say which units they have seen."""
    return _view(finish_tour(collaborators(), g.tour_token, now(), loaded["unit_names"]))


@tours.post("/<tour_id>/reschedule")
@tours.doc(operationId="rescheduleTour")
@tours.arguments(Reschedule)
@tours.response(200, TourView)
@tours.alt_response(202, schema=TourView, description="Knock's answer is not known yet; the tour keeps its time until it is")
@tours.problem(404, "The community takes no tours any more; the tour keeps its time")
@tours.problem(409, "`time-taken`: the time is not open, `times` are; `not-now`: the tour cannot be moved. It keeps its time")
def reschedule(loaded: dict[str, Any], tour_id: str) -> tuple[dict[str, Any], int]:
    """Move the tour to another time."""
    seen = reschedule_tour(collaborators(), g.tour_token, loaded["start_time"], now())
    return _view(seen), 202 if seen.wanted else 200


@tours.post("/<tour_id>/verification")
@tours.doc(operationId="verifyContact")
@tours.arguments(TypedCode, required=False)
@tours.response(200, TourView)
@tours.alt_response(202, schema=TourView, description="A code is being sent")
@tours.problem(409, "`not-now`: there is nothing to verify, or no code was sent")
def verify(loaded: dict[str, Any], tour_id: str) -> tuple[dict[str, Any], int]:
    """Have a one-time code sent to the contact that the community wants verified, or give the one that came."""
    if loaded["code"] is None:
        request_code(collaborators(), g.tour_token, now())
        return _view(show_tour(collaborators(), g.tour_token, now())), 202
    verify_code(collaborators(), g.tour_token, loaded["code"], now())
    return _view(show_tour(collaborators(), g.tour_token, now())), 200


@tours.get("/<tour_id>/timeline")
@tours.doc(operationId="showTimeline")
@tours.response(200, Timeline)
def timeline(tour_id: str) -> dict[str, Any]:
    """What happened to the tour."""
    return {"tour_id": tour_id, "events": list_timeline(collaborators(), g.tour_token)}


def _booked(tour: Tour, token: str) -> dict[str, Any]:
    return {
        "tour_id": tour.tour_id,
        "tour_token": token,
        "status": tour.status,
        "appointment_id": tour.appointment_id,
        "community_id": tour.community_id,
        "tour_type": tour.tour_type,
        "source_title": tour.source_title,
        "start_time": tour.local(tour.starts_at),
        "end_time": tour.local(tour.ends_at),
        "unit_names": tour.unit_names,
    }


def _view(seen: TourSeen) -> dict[str, Any]:
    tour = seen.tour
    access = {"state": seen.access, "opens_at": tour.local(tour.opens_at), "closes_at": tour.local(tour.closes_at)}
    return {
        **_booked(tour, seen.token),
        "prospect_id": tour.prospect_id,
        "visit_id": tour.visit_id,
        "units_opened": seen.units_opened,
        "units_reported": tour.units_reported,
        "requested_start_time": seen.wanted.start if seen.wanted else None,
        "reason": tour.reason,
        "access": access,
        "verification": vars(seen.gate),
    }
