"""A lock system is told what we will ask of it: that is what we ask."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.clients.test_http_lock import REQUEST
from tests.clients.wire import Wire, says
from tests.domain.example import NOON
from tests.openapi.description import Description
from tests.world import SECRET
from vendor_app.clients.locks.http_lock import HttpLock


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A lock system that gives a code for everything."""
    made = Wire(answers=[says({"code": "4711"})])
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["access.grant_requested", "access.revoke_requested"])
def test_what_we_ask_is_as_described(told: Description, wire: Wire, kind: str) -> None:
    lock = HttpLock(f"{wire.url}/lock", SECRET, timedelta(seconds=5))
    described = told.document["webhooks"][kind]["post"]

    if kind == "access.grant_requested":
        lock.grant(REQUEST, NOON)
    else:
        lock.revoke("grant_1", None, NOON)

    assert wire.last.json["type"] == kind
    assert told.breaches(wire.last.json, described["requestBody"]["content"]["application/json"]["schema"]) == []
    signed = {one["name"]: one["schema"] for one in described["parameters"]}
    assert [told.breaches_of_header(wire.last.headers.get(name), schema) for name, schema in signed.items()] == [[], [], []]


def test_a_request_that_lacks_something_would_be_noticed(told: Description) -> None:
    schema = told.document["webhooks"]["access.grant_requested"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert told.breaches({"type": "access.grant_requested", "timestamp": "soon", "data": {}}, schema) != []
