"""Every call our clients can make, with everything right, and the answer it is happy with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.clients.wire import says
from tests.fixtures import knock as example
from vendor_app.clients.knock.client import Knock
from vendor_app.clients.knock.records import AppointmentRequest
from vendor_app.domain.tours import TourType

JANE = example("appointment_request")["profile"]
START = datetime.fromisoformat(example("self_guided_requested_times")["requestedTimes"][0]["startTime"])
END = START + timedelta(minutes=30)
VISITED_AT = datetime(2020, 3, 31, 23, 22, 6, 214_000, UTC)
LAST_PAGE = {"edges": [], "pageInfo": {"endCursor": None, "hasNextPage": False}}


def page(*nodes: dict[str, Any], cursor: str | None = None, more: bool | None = None) -> bytes:
    """A page with these nodes; there is a next one when there is a cursor, unless `more` says something else."""
    more = cursor is not None if more is None else more
    return says({"edges": [{"node": node} for node in nodes], "pageInfo": {"endCursor": cursor, "hasNextPage": more}})


@dataclass(frozen=True)
class Call:
    """One endpoint. A read that fails is sent `tries` times in all: a list's page is asked for again."""

    name: str
    make: Callable[[Knock], Any]
    method: str
    target: str
    key: str
    good: Any
    tries: int = 1


def book(
    knock: Knock,
    source_title: str | None = "Zillow",
    *,
    tour_type: TourType = TourType.SELF_GUIDED,
    start: datetime = START,
    end: datetime | None = END,
) -> Any:
    """POST /appointment/request."""
    request = AppointmentRequest(
        community_id="b9XQN6eMvvrr07zg",
        tour_type=tour_type,
        profile=JANE,
        start=start,
        end=end,
        sms_consent=False,
        source_title=source_title,
    )
    return knock.request_appointment(request)


def visit(knock: Knock, source_title: str | None = "Property Website") -> Any:
    """POST /visit."""
    return knock.post_visit(
        prospect_id="1", appointment_id="2", visit_time=VISITED_AT, unit_names=["123"], source_title=source_title
    )


def create(knock: Knock, source_title: str | None = "Zillow") -> Any:
    """POST /prospect."""
    return knock.create_prospect("b9XQN6eMvvrr07zg", JANE, source_title)


A, P = "appointment", "prospect"
ALDERS_TIMES = "/community/b9XQN6eMvvrr07zg/available-times"
CALLS = [
    Call("communities", lambda k: list(k.list_communities()), "GET", "/communities", A, LAST_PAGE, tries=3),
    Call(
        "times",
        lambda k: k.available_times("b9XQN6eMvvrr07zg", self_guided=True),
        "GET",
        f"{ALDERS_TIMES}?forSelfGuided=true",
        A,
        example("available_times"),
    ),
    Call("book", book, "POST", "/appointment/request", A, example("appointment_answer")),
    Call("cancel", lambda k: k.cancel_appointment("12345"), "PUT", "/appointment/12345/cancel", A, {}),
    Call("visit", visit, "POST", "/visit", P, example("visit_answer")),
    Call("create", create, "POST", "/prospect", P, example("prospect_created")),
    Call("prospect", lambda k: k.get_prospect("47569637"), "GET", "/prospect/47569637", P, example("prospect")),
    Call("events", lambda k: list(k.events("500")), "GET", "/prospect/500/events?first=50", P, LAST_PAGE, tries=3),
]
WITH_A_TITLE = [book, visit, create]
