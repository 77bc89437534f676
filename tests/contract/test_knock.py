"""Each of Knock's examples, in every direction: what our client sends and understands, and what the sandbox takes and answers."""

import json

import pytest
import requests

from tests.clients.calls import LAST_PAGE
from tests.clients.wire import Wire, says
from tests.contract.exchanges import EXCHANGES, Exchange
from tests.contract.reading import call_example, call_made, meaning
from tests.contract.scenes import SCENES, Stage
from vendor_app.clients.knock.client import Knock
from vendor_app.clients.knock.records import KnockCommunity

every_exchange = pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda exchange: exchange.name)
# How many of a prospect's events a page has is the caller's choice.
EVENTS_A_PAGE = {"10": "50"}


def chosen(query: dict[str, list[str]]) -> dict[str, list[str]]:
    """A document's query with our choices in it."""
    return {name: [EVENTS_A_PAGE[one] if name == "first" else one for one in values] for name, values in query.items()}


# Our client


@every_exchange
def test_our_client_calls_as_the_document_shows(wire: Wire, knock: Knock, exchange: Exchange) -> None:
    wire.answer(says(exchange.answer if exchange.answer is not None else ""), says(LAST_PAGE))
    exchange.make(knock)
    shown = [call_example(name) for name in exchange.calls]
    made = [call_made(request, shown[0].headers) for request in wire.requests]
    assert [(one.method, one.path, one.query, one.headers) for one in made] == [
        (one.method, one.path, chosen(one.query), one.headers) for one in shown
    ]


@every_exchange
def test_our_client_sends_the_documents_body_and_nothing_else(wire: Wire, knock: Knock, exchange: Exchange) -> None:
    wire.answer(says(exchange.answer if exchange.answer is not None else ""), says(LAST_PAGE))
    exchange.make(knock)
    sent = [meaning(request.json) if request.body else None for request in wire.requests]
    assert sent == [meaning(exchange.body), *[None] * (len(exchange.calls) - 1)]


@every_exchange
def test_our_client_understands_the_documents_answer(wire: Wire, knock: Knock, exchange: Exchange) -> None:
    wire.answer(says(exchange.answer if exchange.answer is not None else ""), says(LAST_PAGE))
    assert exchange.make(knock) == exchange.means


@pytest.mark.parametrize("exchange", [one for one in EXCHANGES if "times" in one.name], ids=lambda exchange: exchange.name)
def test_our_client_keeps_the_offset_of_a_time(wire: Wire, knock: Knock, exchange: Exchange) -> None:
    wire.answer(says(exchange.answer))
    assert [time.isoformat() for time in exchange.make(knock)] == exchange.answer["acceptableTimes"]


# The sandbox


def ask(url: str, exchange: Exchange) -> requests.Response:
    """Make the document's call as it stands there, without our client."""
    shown = call_example(exchange.calls[0])
    body = None if exchange.body is None else json.dumps(exchange.body).encode()
    return requests.request(shown.method, f"{url}/knock{shown.target}", headers=shown.headers, data=body, timeout=60)


@every_exchange
def test_the_sandbox_answers_the_documents_call_as_the_document_does(url: str, stage: Stage, exchange: Exchange) -> None:
    scene = SCENES[exchange.name]
    scene.prepare(stage)
    answer = ask(url, exchange)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == scene.answer


# Both


@every_exchange
def test_our_client_and_the_sandbox_understand_each_other(knock_of_the_sandbox: Knock, stage: Stage, exchange: Exchange) -> None:
    scene = SCENES[exchange.name]
    scene.prepare(stage)
    understood = exchange.make(knock_of_the_sandbox)
    if exchange.name == "communities":
        understood = [one.community_id for one in understood if isinstance(one, KnockCommunity)]
    assert understood == scene.means
    assert {status for _, status in stage.sandbox.calls} == {200}


@pytest.mark.parametrize("caller", ["the document", "our client"])
@pytest.mark.parametrize("exchange", [one for one in EXCHANGES if SCENES[one.name].leaves], ids=lambda exchange: exchange.name)
def test_a_call_that_changes_something_does_so_in_the_sandbox_whoever_makes_it(
    url: str, knock_of_the_sandbox: Knock, stage: Stage, exchange: Exchange, caller: str
) -> None:
    scene = SCENES[exchange.name]
    scene.prepare(stage)
    if caller == "the document":
        ask(url, exchange)
    else:
        exchange.make(knock_of_the_sandbox)
    assert scene.leaves is not None
    assert scene.leaves(stage.sandbox) == scene.left


def test_every_exchange_has_its_scene() -> None:
    assert list(SCENES) == [one.name for one in EXCHANGES]
