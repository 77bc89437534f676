"""How the sandbox gets to where a document's call finds what the document says, what it answers there and what is left."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sandbox import Sandbox
from sandbox.knock.model import Prospect, Status, TourType
from tests.contract.exchanges import ALDER, IN_PERSON, SELF_GUIDED, VISIT
from tests.fixtures import knock as example
from tests.fixtures.meanings import BOOKED, COMMUNITY, EVENT, GUEST_CARD, TIMES
from tests.sandbox.stage import MAPLE, SAGUARO, Clock

CARD = example("prospect")
(EVENT_EDGE,) = example("prospect_events")["edges"]
# The sandbox's own choices, which no document makes: its first ids, and the one agent it has.
FIRST_APPOINTMENT, FIRST_PROSPECT = "123456", "51316"
AGENT = CARD["agent"]


@dataclass(frozen=True)
class Stage:
    """The sandbox and its clock."""

    sandbox: Sandbox
    clock: Clock

    def at(self, moment: str) -> None:
        """It is this time from now on."""
        self.clock.now = datetime.fromisoformat(moment).astimezone(UTC)

    def rename_prospect(self, prospect_id: str, **changes: Any) -> Prospect:
        """Give the only prospect this id, and change what else is to be changed."""
        (known,) = self.sandbox.knock.prospects.values()
        del self.sandbox.knock.prospects[known.prospect_id]
        renamed = replace(known, prospect_id=prospect_id, **changes)
        self.sandbox.knock.prospects[prospect_id] = renamed
        return renamed

    def by_hand(self, appointment_id: str, prospect_id: str, start: str, tour_type: TourType = TourType.SELF_GUIDED) -> None:
        """An agent has booked this for the prospect of the booking's example."""
        times = [{"startTime": datetime.fromisoformat(start)}]
        booked = self.sandbox.knock.book_by_hand(IN_PERSON | {"requestedTimes": times, "tourType": tour_type})
        self.rename_prospect(prospect_id)
        del self.sandbox.knock.appointments[booked.appointment_id]
        moved = replace(booked, appointment_id=appointment_id, prospect_id=prospect_id)
        self.sandbox.knock.appointments[appointment_id] = moved


def _two_pages_of_communities(stage: Stage) -> None:
    stage.sandbox.agent.toggle(ALDER, TourType.LIVE_VIDEO)


def _one_time_is_offered(stage: Stage) -> None:
    stage.at("2018-12-19T12:00:00-08:00")
    stage.sandbox.knock.offer(ALDER, list(TIMES))


def _one_time_is_offered_and_taken_in_person(stage: Stage) -> None:
    _one_time_is_offered(stage)
    stage.by_hand("1", "1", TIMES[0].isoformat(), TourType.IN_PERSON)


def _a_guest_card_of_2021(stage: Stage) -> None:
    names = ("communityId", "email", "phone", "firstName", "lastName")
    stage.at(CARD["createdAt"])
    stage.sandbox.knock.add_prospect({name: CARD[name] for name in names} | {"sourceTitle": CARD["source"]["title"]})
    stage.rename_prospect(FIRST_PROSPECT, updated_at=datetime.fromisoformat(CARD["updatedAt"]))


def _eleven_events(stage: Stage) -> None:
    node = EVENT_EDGE["node"]
    stage.at(node["eventTime"])
    times = [{"startTime": datetime.fromisoformat(node["data"]["startTime"])}]
    wanted = {"requestedTimes": times, "tourType": TourType(node["data"]["tourType"]), "sourceTitle": node["source"]["title"]}
    stage.sandbox.knock.book_by_hand(IN_PERSON | wanted)
    prospect = stage.rename_prospect("500")
    prospect.events[:] = prospect.events * 11


def _booked(sandbox: Sandbox) -> dict[str, Any]:
    appointment = sandbox.knock.appointments[FIRST_APPOINTMENT]
    prospect = sandbox.knock.prospects[appointment.prospect_id]
    contact = {"firstName": prospect.first_name, "lastName": prospect.last_name, "email": prospect.email, "phone": prospect.phone}
    return {
        "communityId": appointment.community_id,
        "profile": contact | prospect.profile,
        "times": (appointment.start, appointment.end),
        "smsConsent": prospect.sms_consent,
        "sourceTitle": appointment.source_title,
        "tourType": appointment.tour_type,
    }


def _as_booked(body: dict[str, Any], end: str) -> dict[str, Any]:
    times = (datetime.fromisoformat(body["requestedTimes"][0]["startTime"]), datetime.fromisoformat(end))
    kept = {name: value for name, value in body.items() if name != "requestedTimes"}
    return kept | {"times": times, "profile": body["profile"] | {"phone": "+12065554567"}}


def _visited(sandbox: Sandbox) -> list[Any]:
    return [
        (one.prospect_id, one.appointment_id, one.visit_time, one.is_self_guided, one.source_title, one.unit_names)
        for one in sandbox.knock.visits
    ]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """`answer` is the document's, but for what the sandbox chooses itself; `means` is what our client makes of it.

    `left` is what `leaves` finds in the sandbox after a call that changes something.
    """

    prepare: Callable[[Stage], None]
    answer: Any
    means: Any
    leaves: Callable[[Sandbox], Any] | None = None
    left: Any = None


def _booking(now: str, body: dict[str, Any], start: str, end: str) -> Scene:
    """`start` and `end` as they are answered."""
    return Scene(
        prepare=lambda stage: stage.at(now),
        answer=example("appointment_answer") | {"id": FIRST_APPOINTMENT, "startTime": start, "endTime": end},
        means=replace(BOOKED, appointment_id=FIRST_APPOINTMENT, ends_at=datetime.fromisoformat(end)),
        leaves=_booked,
        left=_as_booked(body, end),
    )


_EVENT_EDGE_HERE = {"node": EVENT_EDGE["node"] | {"agent": AGENT}}
_EVENT_HERE = replace(EVENT, agent=AGENT["username"])
_MAPLE_NODE = {
    "communityName": "Maple Court",
    "communityId": MAPLE,
    "address": {"street": "88 Maple Avenue", "city": "Albany", "state": "NY", "zip": "12207"},
    "geolocation": {"latitude": 42.6526, "longitude": -73.7562},
    "companyName": "Northbank Living",
    "inPersonToursEnabled": True,
    "liveVideoToursEnabled": True,
}
SCENES = {
    "communities": Scene(
        prepare=_two_pages_of_communities,
        answer={
            "edges": [*example("communities")["edges"], {"node": _MAPLE_NODE}],
            "pageInfo": {"endCursor": "Mg==", "hasNextPage": True},
        },
        means=[COMMUNITY.community_id, MAPLE, SAGUARO],
    ),
    "times": Scene(prepare=_one_time_is_offered, answer=example("available_times"), means=TIMES),
    "self-guided times": Scene(prepare=_one_time_is_offered_and_taken_in_person, answer=example("available_times"), means=TIMES),
    "booking in person": _booking("2019-07-10T12:00:00-07:00", IN_PERSON, "2019-07-17T22:00:00.000Z", "2019-07-17T22:30:00.000Z"),
    "booking self-guided": _booking(
        "2020-09-20T12:00:00-07:00", SELF_GUIDED, "2020-09-23T22:30:00.000Z", "2020-09-23T23:00:00.000Z"
    ),
    "cancelling": Scene(
        prepare=lambda stage: stage.by_hand("12345", "54321", "2026-06-10T12:30:00-07:00"),
        answer={"appointment": {"id": "12345", "status": "CANCELLED"}},
        means=True,
        leaves=lambda sandbox: [(one.appointment_id, one.status) for one in sandbox.knock.appointments.values()],
        left=[("12345", Status.CANCELLED)],
    ),
    "visit": Scene(
        prepare=lambda stage: stage.by_hand(VISIT["appointmentId"], VISIT["prospectId"], "2020-03-31T16:20:00-07:00"),
        answer=example("visit_answer"),
        means="12345",
        leaves=_visited,
        left=[("1", "2", datetime(2020, 3, 31, 23, 22, 6, 214_000, UTC), True, "Property Website", ["123"])],
    ),
    "guest card": Scene(
        prepare=_a_guest_card_of_2021,
        answer=CARD | {"prospectId": FIRST_PROSPECT},
        means=replace(GUEST_CARD, prospect_id=FIRST_PROSPECT),
    ),
    "events": Scene(
        prepare=_eleven_events,
        answer={"edges": [_EVENT_EDGE_HERE] * 10, "pageInfo": {"endCursor": "MTA=", "hasNextPage": True}},
        means=[_EVENT_HERE] * 11,
    ),
}
