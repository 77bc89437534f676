"""Every call our clients can make, with everything right, and the answer it is happy with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fixtures import knock as example
from vendor_app.clients.knock import Knock

JANE = example("appointment_request")["profile"]
START = datetime.fromisoformat(example("self_guided_requested_times")["requestedTimes"][0]["startTime"])
VISITED_AT = datetime(2020, 3, 31, 23, 22, 6, 214_000, UTC)
LAST_PAGE = {"edges": [], "pageInfo": {"endCursor": None, "hasNextPage": False}}


@dataclass(frozen=True)
class Call:
    """One endpoint."""

    name: str
    make: Callable[[Knock], Any]
    method: str
    target: str
    key: str
    good: Any


def book(knock: Knock, source_title: str | None = "Zillow") -> Any:
    """POST /appointment/request."""
    return knock.request_appointment(
        community_id="b9XQN6eMvvrr07zg",
        profile=JANE,
        start=START,
        end=START + timedelta(minutes=30),
        sms_consent=False,
        source_title=source_title,
    )


def visit(knock: Knock, source_title: str | None = "Property Website") -> Any:
    """POST /visit."""
    return knock.post_visit(
        prospect_id="1", appointment_id="2", visit_time=VISITED_AT, unit_names=["123"], source_title=source_title
    )


def create(knock: Knock, source_title: str | None = "Zillow") -> Any:
    """POST /prospect."""
    return knock.create_prospect("b9XQN6eMvvrr07zg", JANE, source_title)


A, P = "appointment", "prospect"
CALLS = [
    Call("communities", lambda k: list(k.list_communities()), "GET", "/communities", A, LAST_PAGE),
    Call(
        "times",
        lambda k: k.available_times("b9XQN6eMvvrr07zg"),
        "GET",
        "/community/b9XQN6eMvvrr07zg/available-times?forSelfGuided=true",
        A,
        example("available_times"),
    ),
    Call("book", book, "POST", "/appointment/request", A, example("appointment_answer")),
    Call("cancel", lambda k: k.cancel_appointment("12345"), "PUT", "/appointment/12345/cancel", A, {}),
    Call("visit", visit, "POST", "/visit", P, example("visit_answer")),
    Call("create", create, "POST", "/prospect", P, example("prospect_created")),
    Call("prospect", lambda k: k.get_prospect("47569637"), "GET", "/prospect/47569637", P, example("prospect")),
    Call("events", lambda k: list(k.appointments_created("500")), "GET", "/prospect/500/events", P, LAST_PAGE),
]
WITH_A_TITLE = [book, visit, create]
