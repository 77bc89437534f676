"""What goes out to a lock system, and what its answers mean."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.clients.conftest import SECRET
from tests.clients.wire import Wire, says
from tests.domain.example import NOON
from vendor_app.clients.errors import Refused, Unknown
from vendor_app.clients.locks.http_lock import HttpLock
from vendor_app.clients.locks.interface import CannotDo, GrantRequest, LockSystem
from vendor_app.domain.partners.locks import Credential
from vendor_app.signatures import verify

OPENS = datetime(2026, 6, 10, 12, 20, tzinfo=timezone(timedelta(hours=-7)))
REQUEST = GrantRequest(
    grant_id="grant_1",
    tour_id="tour_1",
    community_id="alder",
    starts_at=OPENS,
    ends_at=OPENS + timedelta(minutes=50),
    unit_names=["204"],
    devices=["device_1"],
    first_name="Jane",
    last_name="Doe",
)


def test_a_grant_is_asked_for_as_the_contract_says(wire: Wire, lock: HttpLock) -> None:
    wire.answer(says({"code": "4711"}))
    lock.grant(REQUEST, NOON)
    sent = wire.last.json
    assert (wire.last.method, wire.last.target, wire.last.headers["content-type"]) == ("POST", "/lock", "application/json")
    assert (sent["type"], datetime.fromisoformat(sent["timestamp"])) == ("access.grant_requested", NOON)
    assert sent["data"] == {
        "grantId": "grant_1",
        "tourId": "tour_1",
        "communityId": "alder",
        "startsAt": "2026-06-10T12:20:00-07:00",
        "endsAt": "2026-06-10T13:10:00-07:00",
        "unitNames": ["204"],
        "holder": {"firstName": "Jane", "lastName": "Doe"},
    }


def test_a_revocation_names_the_grant_and_nothing_else(wire: Wire, lock: HttpLock) -> None:
    lock.revoke("grant_1", None, NOON)
    assert (wire.last.json["type"], wire.last.json["data"]) == ("access.revoke_requested", {"grantId": "grant_1"})


@pytest.mark.parametrize("act", ["grant", "revoke"])
def test_every_request_is_signed_over_its_bytes(wire: Wire, lock: HttpLock, act: str) -> None:
    wire.answer(says({"code": "4711"}))
    _do(lock, act, NOON)
    assert verify([SECRET], wire.last.headers, wire.last.body, NOON)


@pytest.mark.parametrize("act", ["grant", "revoke"])
def test_a_repeated_grant_has_the_same_id_and_each_revocation_its_own(wire: Wire, lock: HttpLock, act: str) -> None:
    wire.answer(says({"code": "4711"}))
    _do(lock, act, NOON)
    _do(lock, act, NOON + timedelta(hours=1))
    _do(lock, "revoke" if act == "grant" else "grant", NOON)
    first, again, other = (request.headers["webhook-id"] for request in wire.requests)
    # A receiver that drops repeats makes one grant, and acts on every revocation.
    assert (first == again) == (act == "grant")
    assert other not in (first, again)


def _do(lock: HttpLock, act: str, now: datetime) -> Any:
    return lock.grant(REQUEST, now) if act == "grant" else lock.revoke("grant_1", None, now)


def test_names_of_any_letters_are_signed_and_sent(wire: Wire, lock: HttpLock) -> None:
    wire.answer(says({"code": "4711"}))
    lock.grant(replace(REQUEST, first_name="Zoë 李 🏠"), NOON)
    assert verify([SECRET], wire.last.headers, wire.last.body, NOON)
    assert json.loads(wire.last.body)["data"]["holder"]["firstName"] == "Zoë 李 🏠"


def test_a_200_has_the_code(wire: Wire, lock: HttpLock) -> None:
    wire.answer(says({"code": "4711"}))
    assert lock.grant(REQUEST, NOON).code == "4711"


@pytest.mark.parametrize("body", ["", "{}", '{"code": null}'])
def test_a_202_means_that_the_code_comes_later(wire: Wire, lock: HttpLock, body: str) -> None:
    wire.answer(says(body, 202))
    granted = lock.grant(REQUEST, NOON)
    assert (granted.reference, granted.code, granted.link) == (None, None, None)


@pytest.mark.parametrize("body", ["", "{}", '{"code": ""}', '{"code": 4711}', "[]", "opened"])
def test_a_200_without_a_code_is_not_believed(wire: Wire, lock: HttpLock, body: str) -> None:
    wire.answer(says(body))
    with pytest.raises(Unknown):
        lock.grant(REQUEST, NOON)


def test_what_is_not_believed_does_not_repeat_the_code(wire: Wire, lock: HttpLock) -> None:
    wire.answer(says({"code": "4711" * 30}))
    with pytest.raises(Unknown) as failure:
        lock.grant(REQUEST, NOON)
    assert "4711" not in str(failure.value)


@pytest.mark.parametrize(("status", "is_revoked"), [(200, True), (202, False), (204, True)])
def test_a_revocation_is_done_unless_the_lock_system_is_still_at_it(
    wire: Wire, lock: HttpLock, status: int, is_revoked: bool
) -> None:
    wire.answer(says("", status))
    assert lock.revoke("grant_1", None, NOON) is is_revoked
    assert len(wire.requests) == 1


@pytest.mark.parametrize(("status", "is_gone"), [(400, False), (404, True), (409, False), (410, True), (422, False)])
def test_a_refusal_to_revoke_says_whether_there_is_such_a_grant(wire: Wire, lock: HttpLock, status: int, is_gone: bool) -> None:
    wire.answer(says({"errorMessage": "no"}, status))
    with pytest.raises(Refused) as refusal:
        lock.revoke("grant_1", None, NOON)
    assert refusal.value.is_gone is is_gone


def test_a_grant_that_the_lock_system_does_not_know_how_to_make_is_refused(wire: Wire, lock: HttpLock) -> None:
    wire.answer(says("", 404))
    with pytest.raises(Refused):
        lock.grant(REQUEST, NOON)


def test_a_code_is_in_no_repr(wire: Wire, lock: HttpLock) -> None:
    wire.answer(says({"code": "4711"}))
    assert "4711" not in repr(lock.grant(REQUEST, NOON))


BEYOND: list[Callable[[LockSystem], object]] = [
    lambda lock: lock.grant(replace(REQUEST, credential=Credential.MOBILE_KEY), NOON),
    lambda lock: lock.read("grant_1", None, NOON),
]


@pytest.mark.parametrize("ask", BEYOND)
def test_what_the_contract_has_no_word_for_is_refused_and_nothing_is_sent(
    wire: Wire, lock: HttpLock, ask: Callable[[LockSystem], object]
) -> None:
    with pytest.raises(CannotDo, match="this lock system cannot"):
        ask(lock)
    assert wire.requests == []


def test_its_abilities_say_so(lock: HttpLock) -> None:
    assert (lock.abilities.opens_devices, lock.abilities.reads_state) == (False, False)
    assert lock.abilities.credentials == (Credential.CODE,)
