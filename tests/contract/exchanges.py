"""Each call that Knock's documents show: how our client makes it, what they answer, and what that means."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.fixtures import knock as example
from tests.fixtures.meanings import BOOKED, COMMUNITY, EVENT, GUEST_CARD, TIMES
from vendor_app.clients.knock.client import Knock
from vendor_app.clients.knock.records import AppointmentRequest
from vendor_app.domain.tours import TourType

ALDER = "b9XQN6eMvvrr07zg"
IN_PERSON = example("appointment_request")
SELF_GUIDED = IN_PERSON | example("self_guided_requested_times") | {"tourType": "SELF_GUIDED"}
VISIT = example("visit_request")


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """`calls` are the names of `call_….json`, in the order they are made; a list's second is for its next page."""

    name: str
    calls: tuple[str, ...]
    make: Callable[[Knock], Any]
    body: Any = None
    answer: Any
    means: Any


def book(knock: Knock, body: dict[str, Any]) -> Any:
    """Have the client ask for what an example asks for."""
    (time,) = body["requestedTimes"]
    request = AppointmentRequest(
        community_id=body["communityId"],
        tour_type=TourType(body["tourType"]),
        profile=body["profile"],
        start=datetime.fromisoformat(time["startTime"]),
        end=datetime.fromisoformat(time["endTime"]) if "endTime" in time else None,
        sms_consent=body["smsConsent"],
        source_title=body["sourceTitle"],
    )
    return knock.request_appointment(request)


def visit(knock: Knock) -> str:
    """Have the client tell of the example's visit."""
    return knock.post_visit(
        prospect_id=VISIT["prospectId"],
        appointment_id=VISIT["appointmentId"],
        visit_time=datetime.fromisoformat(VISIT["visitTime"]),
        unit_names=VISIT["unitNames"],
        source_title=VISIT["sourceTitle"],
    )


EXCHANGES = [
    Exchange(
        name="communities",
        calls=("communities", "communities_next_page"),
        make=lambda knock: list(knock.list_communities()),
        answer=example("communities"),
        means=[COMMUNITY],
    ),
    Exchange(
        name="times",
        calls=("available_times",),
        make=lambda knock: knock.available_times(ALDER, self_guided=False),
        answer=example("available_times"),
        means=TIMES,
    ),
    Exchange(
        name="self-guided times",
        calls=("self_guided_available_times",),
        make=lambda knock: knock.available_times(ALDER, self_guided=True),
        answer=example("available_times"),
        means=TIMES,
    ),
    Exchange(
        name="booking in person",
        calls=("appointment_request",),
        make=lambda knock: book(knock, IN_PERSON),
        body=IN_PERSON,
        answer=example("appointment_answer"),
        means=BOOKED,
    ),
    Exchange(
        name="booking self-guided",
        calls=("appointment_request",),
        make=lambda knock: book(knock, SELF_GUIDED),
        body=SELF_GUIDED,
        answer=example("appointment_answer"),
        means=BOOKED,
    ),
    Exchange(
        name="cancelling",
        calls=("cancel",),
        make=lambda knock: knock.cancel_appointment("12345"),
        answer=None,
        means=True,
    ),
    Exchange(name="visit", calls=("visit",), make=visit, body=VISIT, answer=example("visit_answer"), means="12345"),
    Exchange(
        name="guest card",
        calls=("prospect",),
        make=lambda knock: knock.get_prospect("51316"),
        answer=example("prospect"),
        means=GUEST_CARD,
    ),
    Exchange(
        name="events",
        calls=("prospect_events", "prospect_events_next_page"),
        make=lambda knock: list(knock.events("500")),
        answer=example("prospect_events"),
        means=[EVENT],
    ),
]
