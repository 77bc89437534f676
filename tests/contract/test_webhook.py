"""The webhook's example, to the product byte for byte; and the sandbox's own notice beside it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from sandbox import Sandbox
from sandbox.knock.model import DOCUMENTED, Status, TourType
from tests.contract.exchanges import ALDER
from tests.contract.scenes import FIRST_APPOINTMENT, Stage
from tests.fixtures import knock as example
from tests.fixtures import knock_bytes
from tests.sandbox.stage import Vendor
from tests.world import WEBHOOK_TOKEN, World
from vendor_app.store.arrivals import title_text

(EDGE,) = example("appointment_notice")["edges"]
NODE = EDGE["node"]
KEPT = {
    "appointment_id": "123456",
    "prospect_id": "54321",
    "status": "CONFIRMED",
    "starts_at": datetime(2019, 11, 19, 21, tzinfo=UTC),
    "ends_at": datetime(2019, 11, 19, 21, 30, tzinfo=UTC),
    "updated_at": datetime(2019, 11, 12, 21, 19, 13, tzinfo=UTC),
}


def deliver(the_world: World, content: bytes) -> requests.Response:
    """POST it as Knock would, with the header agreed upon."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {WEBHOOK_TOKEN}"}
    return requests.post(f"{the_world.url}/webhooks/knock", data=content, headers=headers, timeout=30)


def kept(the_world: World) -> list[dict[str, Any]]:
    """Every notice that is stored."""
    with the_world.via.db.read() as db:
        return [dict(row) for row in db.connection.query("SELECT * FROM knock_notices ORDER BY status")]


def test_the_example_is_stored_as_it_came_and_once(the_world: World) -> None:
    first, again = (deliver(the_world, knock_bytes("appointment_notice")) for _ in range(2))
    assert (first.status_code, first.json()) == (200, {"stored": 1, "unreadable": 0})
    assert (again.status_code, again.json()) == (200, {"stored": 0, "unreadable": 0})
    (row,) = kept(the_world)
    assert {name: row[name] for name in KEPT} == KEPT
    assert (row["received_at"], row["handled_at"]) == (the_world.clock.now, None)


def test_the_examples_source_is_stored_too(the_world: World) -> None:
    deliver(the_world, knock_bytes("appointment_notice"))
    (row,) = kept(the_world)
    assert title_text(row["source"]) == NODE["source"]


def test_the_example_is_stored_with_each_of_the_documented_statuses(the_world: World) -> None:
    for status in DOCUMENTED:
        body = json.dumps({"edges": [EDGE | {"node": NODE | {"status": status}}]}).encode()
        assert deliver(the_world, body).json() == {"stored": 1, "unreadable": 0}
    assert [row["status"] for row in kept(the_world)] == ["CANCELLED", "CONFIRMED", "NO_SHOW", "VISITED"]


def the_examples_booking(stage: Stage) -> None:
    """The appointment that the example tells of, booked at the time at which it was sent."""
    stage.at(NODE["updatedAt"])
    profile = {"firstName": "Jane", "lastName": "Doe", "email": "janedoe@example.com"}
    stage.sandbox.knock.add_prospect({"communityId": ALDER} | profile)
    stage.rename_prospect(NODE["prospectId"])
    times = [{name: datetime.fromisoformat(NODE[name]) for name in ("startTime", "endTime")}]
    ask = {"communityId": ALDER, "profile": profile, "requestedTimes": times, "tourType": TourType.SELF_GUIDED}
    stage.sandbox.knock.book_by_hand(ask | {"sourceTitle": NODE["source"]})


def test_the_sandbox_tells_of_the_examples_appointment_in_the_examples_words(
    sandbox: Sandbox, stage: Stage, vendor: Vendor, url: str
) -> None:
    the_examples_booking(stage)
    sandbox.drain_notices()
    ((path, headers, body),) = vendor.received
    assert (path, headers["content-type"]) == ("/webhooks/knock", "application/json")
    assert headers["authorization"].startswith("Bearer ")
    assert json.loads(body) == example("appointment_notice")


@pytest.mark.parametrize("status", [Status.VISITED, Status.CANCELLED, Status.NO_SHOW])
def test_the_sandbox_tells_of_every_documented_status(
    sandbox: Sandbox, stage: Stage, vendor: Vendor, url: str, status: Status
) -> None:
    the_examples_booking(stage)
    sandbox.knock.set_status(FIRST_APPOINTMENT, status)
    sandbox.drain_notices()
    just_after = NODE["updatedAt"].replace("000Z", "001Z")  # no two notices are sent at the same instant
    assert vendor.nodes()[-1] == NODE | {"status": status.value, "updatedAt": just_after}


def test_what_the_sandbox_tells_is_stored_like_the_example(
    the_world: World, sandbox: Sandbox, stage: Stage, vendor: Vendor, url: str
) -> None:
    the_examples_booking(stage)
    sandbox.drain_notices()
    ((_, _, body),) = vendor.received
    deliver(the_world, knock_bytes("appointment_notice"))
    assert deliver(the_world, body).json() == {"stored": 0, "unreadable": 0}, "the same notice, so it is known already"
