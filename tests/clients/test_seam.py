"""What goes out to Seam and what its answers mean; and that the client and the sandbox's Seam understand each other."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sandbox import Sandbox, SandboxSettings, serve
from tests.clients.conftest import TIMEOUT
from tests.clients.wire import Wire, says
from tests.domain.example import NOON, START
from tests.fixtures.seam import seam as example
from tests.sandbox.stage import Clock
from vendor_app.clients.errors import KeysRefused, NotSent, Refused, Throttled, Unknown
from vendor_app.clients.locks.interface import CannotDo, Granted, GrantReading, GrantRequest, GrantState, LockSystem
from vendor_app.clients.locks.seam.client import SeamLock
from vendor_app.domain.partners.locks import Credential

KEY, PIN, LINK = "seam-key-of-the-tests", "471100", "https://ik.seam.example/ABCXYZ"
DOORS = ["6ba7b811-9dad-11d1-80b4-00c04fd430c8", "6ba7b812-9dad-11d1-80b4-00c04fd430c8"]
GRANT, METHOD = "0e5f1b2c-6a3d-4f8e-9b7a-1c2d3e4f5a6b", "7d1e2f3a-4b5c-4d6e-8f90-a1b2c3d4e5f6"
REQUEST = GrantRequest(
    grant_id="grant_1",
    tour_id="tour_1",
    community_id="alder",
    starts_at=START - timedelta(minutes=10),
    ends_at=START + timedelta(minutes=40),
    unit_names=["204"],
    devices=DOORS,
    first_name="Jane",
    last_name="Doe",
)
LATER = REQUEST.starts_at + timedelta(hours=1), REQUEST.ends_at + timedelta(hours=1)
TAKEN = says({"error": {"type": "duplicate", "message": "The key is taken."}}, 409)
MISSING = says({"error": {"type": "access_grant_not_found", "message": "None."}}, 404)


@pytest.fixture
def seam(wire: Wire) -> SeamLock:
    """Seam's client."""
    return SeamLock(wire.url, KEY, TIMEOUT)


def grant(**changes: Any) -> bytes:
    answer = example("access_grant")
    answer["access_grant"] |= changes
    return says(answer)


def method(name: str = "access_method", **changes: Any) -> bytes:
    answer = example(name)
    answer["access_method"] |= changes
    return says(answer)


def asked(wire: Wire) -> list[str]:
    return [one.target for one in wire.requests]


def read(wire: Wire, seam: SeamLock, *answers: bytes) -> GrantReading:
    wire.answer(*answers)
    return seam.read("grant_1", GRANT, NOON)


# What goes out


CALLS: dict[str, Callable[[LockSystem], object]] = {
    "/access_grants/create": lambda seam: seam.grant(REQUEST, NOON),
    "/access_grants/get": lambda seam: seam.read("grant_1", GRANT, NOON),
    "/access_grants/delete": lambda seam: seam.revoke("grant_1", GRANT, NOON),
}
every_call = pytest.mark.parametrize(("path", "make"), CALLS.items(), ids=list(CALLS))


@every_call
def test_each_call_is_a_post_of_json_with_the_key_as_its_bearer(
    wire: Wire, seam: SeamLock, path: str, make: Callable[[LockSystem], object]
) -> None:
    wire.answer(grant(), MISSING)
    make(seam)
    first = wire.requests[0]
    assert (first.method, first.target, first.headers["content-type"]) == ("POST", path, "application/json")
    assert first.headers["authorization"] == f"Bearer {KEY}"


def test_a_grant_names_devices_times_and_our_key_and_nothing_else_of_the_prospect_but_the_name(
    wire: Wire, seam: SeamLock
) -> None:
    wire.answer(grant(), method())
    seam.grant(REQUEST, NOON)
    assert wire.requests[0].json == example("access_grant_request")


def test_a_mobile_key_is_asked_for_as_such(wire: Wire, seam: SeamLock) -> None:
    wire.answer(grant(), method("mobile_key"))
    granted = seam.grant(replace(REQUEST, credential=Credential.MOBILE_KEY), NOON)
    assert wire.requests[0].json["requested_access_methods"] == [{"mode": "mobile_key"}]
    assert granted == Granted(reference=GRANT, link=LINK)


def test_without_devices_nothing_is_asked_for(wire: Wire, seam: SeamLock) -> None:
    with pytest.raises(CannotDo):
        seam.grant(replace(REQUEST, devices=[]), NOON)
    assert wire.requests == []


# What comes of a grant


def test_an_issued_code_comes_with_the_grant(wire: Wire, seam: SeamLock) -> None:
    wire.answer(grant(), method())
    assert seam.grant(REQUEST, NOON) == Granted(reference=GRANT, code=PIN)
    assert wire.last.json == {"access_method_id": METHOD}


def test_a_code_that_is_not_issued_yet_is_no_code(wire: Wire, seam: SeamLock) -> None:
    wire.answer(grant(), method(is_issued=False))
    assert seam.grant(REQUEST, NOON) == Granted(reference=GRANT)


def test_a_grant_whose_methods_cannot_be_made_is_granted_and_read_as_failed(wire: Wire, seam: SeamLock) -> None:
    failed = grant(errors=[example("grant_error")], access_method_ids=[], requested_access_methods=[])
    wire.answer(failed)
    assert seam.grant(REQUEST, NOON) == Granted(reference=GRANT)
    reading = read(wire, seam, failed)
    assert reading == GrantReading(state=GrantState.FAILED, problem="cannot_create_requested_access_methods")


@pytest.mark.parametrize("refusal", [TAKEN, says({"error": {"type": "invalid_input", "message": "Taken."}}, 400)])
def test_when_the_key_is_taken_the_grant_is_the_one_that_is_there(wire: Wire, seam: SeamLock, refusal: bytes) -> None:
    wire.answer(refusal, grant(), method())
    assert seam.grant(REQUEST, NOON) == Granted(reference=GRANT, code=PIN)
    assert asked(wire) == ["/access_grants/create", "/access_grants/get", "/access_methods/get"]
    assert wire.requests[1].json == {"access_grant_key": "grant_1"}


def test_a_grant_that_was_there_already_gets_the_times_asked_for(wire: Wire, seam: SeamLock) -> None:
    wire.answer(TAKEN, grant(ends_at="2026-06-10T23:00:00Z"), says({"ok": True}), method())
    seam.grant(REQUEST, NOON)
    assert wire.requests[2].target == "/access_grants/update"
    times = {"starts_at": "2026-06-10T19:20:00.000Z", "ends_at": "2026-06-10T20:10:00.000Z"}
    assert wire.requests[2].json == {"access_grant_id": GRANT, **times}


def test_a_refusal_stands_when_no_such_grant_is_there(wire: Wire, seam: SeamLock) -> None:
    wire.answer(TAKEN, MISSING)
    with pytest.raises(Refused) as refused:
        seam.grant(REQUEST, NOON)
    assert (refused.value.status, refused.value.code, refused.value.call) == (409, "duplicate", "POST /access_grants/create")


OTHERS = [
    grant(errors=[example("grant_error")]),
    grant(requested_access_methods=[{"mode": "mobile_key"}]),
    grant(requested_access_methods=[]),
]


@pytest.mark.parametrize("there", OTHERS, ids=["failed", "of another credential", "of none"])
def test_a_grant_that_cannot_become_what_is_asked_for_is_made_anew(wire: Wire, seam: SeamLock, there: bytes) -> None:
    wire.answer(TAKEN, there, says({"ok": True}), grant(), method())
    assert seam.grant(REQUEST, NOON).code == PIN
    assert asked(wire)[1:4] == ["/access_grants/get", "/access_grants/delete", "/access_grants/create"]
    assert wire.requests[2].json == {"access_grant_id": GRANT}


def test_while_an_earlier_grant_is_being_deleted_nothing_is_granted_and_it_is_asked_again_later(
    wire: Wire, seam: SeamLock
) -> None:
    wire.answer(TAKEN, grant(warnings=[{"warning_code": "being_deleted"}]), TAKEN)
    with pytest.raises(NotSent, match="still being deleted"):
        seam.grant(REQUEST, NOON)
    assert asked(wire) == ["/access_grants/create", "/access_grants/get", "/access_grants/create"]


# What a reading means


def test_a_grant_is_ready_when_all_is_issued(wire: Wire, seam: SeamLock) -> None:
    assert read(wire, seam, grant(), method()) == GrantReading(state=GrantState.READY, code=PIN)
    assert wire.requests[0].json == {"access_grant_id": GRANT}


def test_without_a_reference_it_is_found_by_our_key(wire: Wire, seam: SeamLock) -> None:
    wire.answer(grant(), method())
    assert seam.read("grant_1", None, NOON).state is GrantState.READY
    assert wire.requests[0].json == {"access_grant_key": "grant_1"}


def test_a_mobile_key_may_have_its_link_on_the_grant(wire: Wire, seam: SeamLock) -> None:
    reading = read(wire, seam, grant(instant_key_url=LINK), method("mobile_key", instant_key_url=None))
    assert reading == GrantReading(state=GrantState.READY, link=LINK)


TWO = [METHOD, "another"]
UNFINISHED: list[list[bytes]] = [
    [grant(), method(is_issued=False)],
    [grant(), method(code=None)],
    [grant(), MISSING],
    [grant(pending_mutations=[{"mutation_code": "updating_access_times"}]), method()],
    [grant(access_method_ids=[], requested_access_methods=[{"mode": "code", "created_access_method_ids": []}])],
    [grant(access_method_ids=[], requested_access_methods=[])],
    [grant(access_method_ids=TWO), method(), method(access_method_id="another", is_issued=False)],
    [grant(requested_access_methods=[{"mode": "code"}, {"mode": "card", "created_access_method_ids": [METHOD]}]), method()],
]


@pytest.mark.parametrize("answers", UNFINISHED)
def test_a_grant_of_which_anything_is_missing_is_pending_and_has_no_code(
    wire: Wire, seam: SeamLock, answers: list[bytes]
) -> None:
    assert read(wire, seam, *answers) == GrantReading(state=GrantState.PENDING)


def test_one_error_is_enough_to_have_failed_though_all_is_issued(wire: Wire, seam: SeamLock) -> None:
    errors = [example("grant_error"), {"error_code": "device_gone"}, {"error_code": "device_gone"}]
    reading = read(wire, seam, grant(errors=errors), method())
    assert reading == GrantReading(state=GrantState.FAILED, problem="cannot_create_requested_access_methods, device_gone")


def test_a_grant_with_several_codes_has_failed_for_one_would_not_open_every_door(wire: Wire, seam: SeamLock) -> None:
    answers = [grant(access_method_ids=TWO), method(), method(access_method_id="another", code="000000")]
    assert read(wire, seam, *answers) == GrantReading(state=GrantState.FAILED, problem="several_codes")


def test_two_methods_with_one_code_are_one(wire: Wire, seam: SeamLock) -> None:
    answers = [grant(access_method_ids=TWO), method(), method(access_method_id="another")]
    assert read(wire, seam, *answers) == GrantReading(state=GrantState.READY, code=PIN)


@pytest.mark.parametrize("answer", [MISSING, says("", 410), grant(warnings=[{"warning_code": "being_deleted"}])])
def test_a_grant_that_is_not_there_any_more_is_gone(wire: Wire, seam: SeamLock, answer: bytes) -> None:
    assert read(wire, seam, answer) == GrantReading(state=GrantState.GONE)


# Revoking


@pytest.mark.parametrize("answer", [says({"ok": True}), says(""), MISSING, says("", 410)])
def test_a_grant_that_is_gone_is_revoked(wire: Wire, seam: SeamLock, answer: bytes) -> None:
    wire.answer(answer, MISSING)
    assert seam.revoke("grant_1", GRANT, NOON)
    assert (asked(wire), wire.last.json) == (["/access_grants/delete", "/access_grants/get"], {"access_grant_id": GRANT})


def test_a_grant_that_is_still_being_deleted_is_not_revoked_yet(sandbox: Sandbox, real: SeamLock) -> None:
    sandbox.seam.deletes_slowly = True
    reference = real.grant(REQUEST, NOON).reference
    assert not real.revoke("grant_1", reference, NOON)
    sandbox.seam.deletes_slowly = False
    assert real.revoke("grant_1", reference, NOON)


def test_without_a_reference_the_grant_with_our_key_is_revoked(wire: Wire, seam: SeamLock) -> None:
    wire.answer(grant(), says({"ok": True}), MISSING)
    assert seam.revoke("grant_1", None, NOON)
    assert [one.json for one in wire.requests] == [{"access_grant_key": "grant_1"}, *[{"access_grant_id": GRANT}] * 2]


def test_what_was_never_granted_is_revoked(wire: Wire, seam: SeamLock) -> None:
    wire.answer(MISSING)
    seam.revoke("grant_1", None, NOON)
    assert asked(wire) == ["/access_grants/get"]


# Failures


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (says(example("failure"), 400), Refused),
        (says({"error": {"type": "unauthorized", "message": "Unauthorized"}}, 401), KeysRefused),
        (says("", 403), KeysRefused),
        (says("", 429), Throttled),
        (says(example("failure"), 500), Unknown),
        (says("<html>"), Unknown),
    ],
)
@every_call
def test_a_failure_says_what_to_do_next(
    wire: Wire, seam: SeamLock, path: str, make: Callable[[LockSystem], object], answer: bytes, kind: type[Exception]
) -> None:
    wire.answer(answer)
    with pytest.raises(kind):
        make(seam)


def test_a_refusal_has_seams_type_and_words_without_the_pin(wire: Wire, seam: SeamLock) -> None:
    wire.answer(says(example("failure"), 400))
    with pytest.raises(Refused) as refused:
        seam.read("grant_1", GRANT, NOON)
    assert (refused.value.code, refused.value.message) == ("invalid_input", "The code … is in use.")
    assert PIN not in refused.value.reason


@pytest.mark.parametrize("bad", [{"code": PIN * 20}, {"code": 471100}, {"is_issued": PIN}, {"access_method_id": None}])
def test_an_answer_that_does_not_fit_is_unknown_and_does_not_repeat_the_code(
    wire: Wire, seam: SeamLock, bad: dict[str, Any]
) -> None:
    wire.answer(grant(), method(**bad))
    with pytest.raises(Unknown) as unknown:
        seam.grant(REQUEST, NOON)
    assert PIN not in f"{unknown.value} {unknown.value.__cause__}"


def test_codes_and_links_are_in_no_repr() -> None:
    shown = [Granted(code=PIN, link=LINK), GrantReading(state=GrantState.READY, code=PIN, link=LINK)]
    assert PIN not in repr(shown)
    assert LINK not in repr(shown)


def test_its_abilities() -> None:
    abilities = SeamLock.abilities
    assert (abilities.opens_devices, abilities.reads_state, abilities.revocable) == (True, True, True)
    assert abilities.credentials == (Credential.CODE, Credential.MOBILE_KEY)


# With the sandbox's Seam


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Served, with nobody to tell."""
    made = Sandbox(SandboxSettings("a", "p", "", "", "", "whsec_AAAA", "http://vendor.example"), Clock(NOON))
    yield made
    made.close()


@pytest.fixture
def real(sandbox: Sandbox) -> Iterator[SeamLock]:
    """The client, pointed at it."""
    with serve(sandbox) as served:
        yield SeamLock(f"{served.url}/seam", "seam-TEST-KEY", TIMEOUT)


def test_a_grant_asked_for_twice_is_one(sandbox: Sandbox, real: SeamLock) -> None:
    first, again = real.grant(REQUEST, NOON), real.grant(REQUEST, NOON)
    assert first == again
    assert first.code
    assert len(sandbox.seam.grants) == 1


@pytest.mark.parametrize("fault", ["drop_after", "500_after", "garbage"])
def test_a_grant_whose_answer_was_lost_is_found_again(sandbox: Sandbox, real: SeamLock, fault: str) -> None:
    sandbox.faults.set("POST /access_grants/create", fault)
    with pytest.raises(Unknown):
        real.grant(REQUEST, NOON)
    assert real.grant(REQUEST, NOON).code
    assert len(sandbox.seam.grants) == 1


def test_a_grant_whose_answer_was_lost_can_be_revoked(sandbox: Sandbox, real: SeamLock) -> None:
    sandbox.faults.set("POST /access_grants/create", "drop_after")
    with pytest.raises(Unknown):
        real.grant(REQUEST, NOON)
    real.revoke("grant_1", None, NOON)
    assert [one.deleted for one in sandbox.seam.grants.values()] == [True]


@pytest.mark.parametrize("slowly", [False, True])
def test_the_life_of_a_grant(sandbox: Sandbox, real: SeamLock, slowly: bool) -> None:
    sandbox.seam.issues_later, sandbox.seam.deletes_slowly = True, slowly
    granted = real.grant(REQUEST, NOON)
    assert (granted.code, real.read("grant_1", granted.reference, NOON).state) == (None, GrantState.PENDING)
    sandbox.seam.issue("grant_1")
    assert real.read("grant_1", granted.reference, NOON).state is GrantState.READY
    real.grant(replace(REQUEST, starts_at=LATER[0], ends_at=LATER[1]), NOON)
    assert sandbox.seam.find("grant_1").starts_at == LATER[0]
    real.revoke("grant_1", granted.reference, NOON)
    real.revoke("grant_1", granted.reference, NOON)
    assert real.read("grant_1", granted.reference, NOON).state is GrantState.GONE


def test_a_grant_that_fails_late_is_read_as_failed(sandbox: Sandbox, real: SeamLock) -> None:
    sandbox.seam.issues_later = True
    reference = real.grant(REQUEST, NOON).reference
    sandbox.seam.fail("grant_1")
    assert real.read("grant_1", reference, NOON).state is GrantState.FAILED


def test_a_grant_that_failed_can_be_asked_for_again(sandbox: Sandbox, real: SeamLock) -> None:
    sandbox.seam.fails_methods = True
    assert real.grant(REQUEST, NOON).code is None
    sandbox.seam.fails_methods = False
    assert real.grant(REQUEST, NOON).code
    assert [one.deleted for one in sandbox.seam.grants.values()] == [True, False]


def test_a_grant_can_be_asked_for_again_with_another_credential(sandbox: Sandbox, real: SeamLock) -> None:
    assert real.grant(REQUEST, NOON).code
    assert real.grant(replace(REQUEST, credential=Credential.MOBILE_KEY), NOON).link
    assert [one.deleted for one in sandbox.seam.grants.values()] == [True, False]


def test_a_wrong_key_is_told_apart(sandbox: Sandbox, real: SeamLock) -> None:
    with serve(sandbox) as served, pytest.raises(KeysRefused):
        SeamLock(f"{served.url}/seam", "another", TIMEOUT).read("grant_1", None, NOON)


def test_where_nobody_listens_nothing_was_sent(sandbox: Sandbox) -> None:
    served = serve(sandbox)
    served.close()
    with pytest.raises(NotSent):
        SeamLock(f"{served.url}/seam", KEY, TIMEOUT).grant(REQUEST, NOON)
