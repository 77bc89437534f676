"""A make of lock systems that the product does not know: its folder, its kind, its row and its settings are all it needs."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.flow.acme import CODE, AcmeLock, add_acme
from tests.flow.seam import access, book, go_there, opened_units
from tests.world import COMMUNITY, SECRET, World, world
from vendor_app.domain.partners.known import LockKind, Partner
from vendor_app.signatures import sign
from vendor_app.store.partners import remembered_partners
from vendor_app.usecases.communities.load_rules import load_rules_file
from vendor_app.usecases.communities.rules_file import RulesRefused
from vendor_app.usecases.operators.doctor import examine

OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@pytest.fixture
def acmes(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world that knows Acme, and COMMUNITY has Acme's locks."""
    add_acme(monkeypatch)
    with world(database_url) as made:
        made.rules(lock="acme")
        yield made


def acme(there: World) -> AcmeLock:
    """The lock system that the jobs ask."""
    connected = there.via.locks[LockKind("acme")]
    assert isinstance(connected, AcmeLock)
    return connected


def tell(there: World, grant_id: str, secret: str = SECRET) -> int:
    """Acme tells that apartment 204 was opened; our answer's status."""
    told = {"opened": "Apartment 204", "unit": "204", "permission": grant_id}
    body = json.dumps(told).encode()
    headers = sign(secret, "message-1", body, there.clock())
    return requests.post(f"{there.url}/webhooks/acme", data=body, headers=headers, timeout=30).status_code


@pytest.fixture
def booked(acmes: World) -> dict[str, Any]:
    """A tour that Acme was asked to open doors for."""
    made = book(acmes)
    acmes.jobs()
    return made


def test_access_is_granted_and_taken_back_through_it(acmes: World, booked: dict[str, Any]) -> None:
    (asked,) = acme(acmes).grants.values()
    assert (asked.tour_id, asked.unit_names, access(acmes, booked)) == (booked["tourId"], ["204"], "ready")
    assert go_there(acmes, booked)["code"] == CODE
    acmes.act(booked, "cancel")
    acmes.jobs()
    assert (acme(acmes).grants, acmes.live_grants()) == ({}, [])


def test_its_event_is_heard(acmes: World, booked: dict[str, Any]) -> None:
    (grant_id,) = acme(acmes).grants
    go_there(acmes, booked)
    assert tell(acmes, grant_id) == 200
    acmes.jobs()
    assert (acmes.tour(booked).status, opened_units(acmes, booked)) == ("in_progress", ["204"])


def test_an_event_that_somebody_else_signed_is_refused(acmes: World, booked: dict[str, Any]) -> None:
    (grant_id,) = acme(acmes).grants
    assert tell(acmes, grant_id, OTHER_SECRET) == 401


def test_its_abilities_are_compared_with_the_rules(acmes: World) -> None:
    table = f'[community.{COMMUNITY}]\nlock = "acme"\n'
    with pytest.raises(RulesRefused, match='"acme" must be asked 20 minutes before a tour'):
        load_rules_file(acmes.via.db, acmes.config, table.encode(), acmes.clock())
    assert load_rules_file(acmes.via.db, acmes.config, f"{table}notice_minutes = 20".encode(), acmes.clock()).changes


def test_the_doctor_and_the_database_know_it(acmes: World) -> None:
    assert 'lock system "acme"' in {finding.what for finding in examine(acmes.via, acmes.clock())}
    with acmes.via.db.read() as db:
        assert remembered_partners(db.connection)[Partner("acme")] == "http://127.0.0.1:9/acme"
