"""The loop of the Prospect Events page: leave `after` out first, then give the page's endCursor until there is no next page."""

from dataclasses import replace
from typing import Any

import pytest
import requests

from tests.clients.wire import Wire, says
from tests.contract.exchanges import ALDER
from tests.contract.reading import call_example
from tests.contract.scenes import EVENT_EDGE, SCENES, Stage
from tests.fixtures import knock as example
from vendor_app.clients.knock.client import Knock

EVENTS = SCENES["events"]


def documents_loop(url: str, path: str) -> list[dict[str, Any]]:
    """Every page, as the document's sample gets them: the cursor is put behind the address as it is."""
    headers = call_example("prospect_events").headers
    pages = [requests.get(f"{url}{path}", headers=headers, timeout=60).json()]
    while pages[-1]["pageInfo"]["hasNextPage"]:
        after = pages[-1]["pageInfo"]["endCursor"]
        pages.append(requests.get(f"{url}{path}&after={after}", headers=headers, timeout=60).json())
    return pages


@pytest.fixture
def prospect_with_120_events(stage: Stage) -> list[str]:
    """Prospect 500; how its events are described, in order."""
    EVENTS.prepare(stage)
    prospect = stage.sandbox.knock.prospects["500"]
    prospect.events[:] = [replace(prospect.events[0], description=f"event {number}") for number in range(120)]
    return [one.description for one in prospect.events]


def test_the_documents_loop_gets_every_event_of_the_sandbox_once(url: str, prospect_with_120_events: list[str]) -> None:
    pages = documents_loop(f"{url}/knock", call_example("prospect_events").target)
    assert [len(page["edges"]) for page in pages] == [10] * 12
    assert [edge["node"]["description"] for page in pages for edge in page["edges"]] == prospect_with_120_events
    assert [page["pageInfo"]["hasNextPage"] for page in pages] == [True] * 11 + [False]


def test_our_client_gets_every_event_of_the_sandbox_once(
    knock_of_the_sandbox: Knock, stage: Stage, prospect_with_120_events: list[str]
) -> None:
    assert [event.description for event in knock_of_the_sandbox.events("500")] == prospect_with_120_events
    assert stage.sandbox.calls == [("GET /prospect/events", 200)] * 3


def test_our_client_gets_every_event_of_the_sandbox_once_though_a_page_fails(
    knock_of_the_sandbox: Knock, stage: Stage, prospect_with_120_events: list[str]
) -> None:
    stage.sandbox.faults.set("GET /prospect/events", "garbage", times=2)
    assert [event.description for event in knock_of_the_sandbox.events("500")] == prospect_with_120_events
    assert len(stage.sandbox.calls) == 5


def test_our_client_gets_every_community_of_the_sandbox_once(knock_of_the_sandbox: Knock, stage: Stage) -> None:
    communities = stage.sandbox.knock.communities
    for number in range(5):
        communities[f"c{number}"] = replace(communities[ALDER], community_id=f"c{number}")
    assert [one.community_id for one in knock_of_the_sandbox.list_communities()] == list(communities)
    assert stage.sandbox.calls == [("GET /communities", 200)] * 4


def test_our_client_goes_through_the_documents_own_loop(wire: Wire, knock: Knock) -> None:
    middle = example("prospect_events") | {"pageInfo": {"endCursor": "Mg==", "hasNextPage": True}}
    last = {"edges": [EVENT_EDGE], "pageInfo": {"endCursor": "Mw==", "hasNextPage": False}}
    wire.answer(says(example("prospect_events")), says(middle), says(last))
    assert len(list(knock.events("500"))) == 3
    assert [request.target.partition("after=")[2] for request in wire.requests] == ["", "MQ%3D%3D", "Mg%3D%3D"]
