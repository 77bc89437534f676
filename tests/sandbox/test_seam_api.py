"""The sandbox's Seam: what it takes and refuses, what happens at its doors, and what it tells of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import requests

from sandbox import Sandbox
from sandbox.seam.refusal import Refusal
from vendor_app.signatures import SVIX, BadSignature, verify

from .stage import ALDER, DEVICE_204, FRONT_DEVICE, MAPLE, NOON_IN_SEATTLE, SAGUARO, SEAM, Clock, Partner, Vendor

SECRET = "whsec_c2VhbSBzaWducyB3aXRoIHRoaXMgaW4gdGhlIHNhbmRib3g="
OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def code(partner: Partner, clock: Clock) -> str:
    """Of a grant for the front entrance and apartment 204, inside its window."""
    made: str = partner.seam_code()["code"]
    clock.move(minutes=30)
    return made


def failed(answer: requests.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    assert {"type", "message"} <= error.keys()
    return answer.status_code, error["type"]


def told(sandbox: Sandbox, vendor: Vendor, *kinds: str) -> list[dict[str, Any]]:
    """The events of these kinds, or all."""
    sandbox.drain_notices()
    return [one for one in vendor.events() if not kinds or one["event_type"] in kinds]


def by_key(partner: Partner, key: str = "g1") -> requests.Response:
    return partner.seam("/access_grants/get", {"access_grant_key": key})


# Devices


def test_every_property_has_a_front_entrance_and_a_device_for_each_apartment(sandbox: Sandbox) -> None:
    names = {one: [each.name for each in sandbox.seam.devices.values() if each.community_id == one] for one in (ALDER, MAPLE)}
    assert names[ALDER] == ["Front entrance", "Apartment 101", "Apartment 102", "Apartment 204", "Apartment 305"]
    assert names[MAPLE] == ["Front entrance", "Apartment A 1", "Apartment A 2", "Apartment B 7", "Apartment PH 1"]
    assert sandbox.seam.device_at(SAGUARO, "Apartment 2210") is not None
    assert all(str(UUID(one)) == one for one in sandbox.seam.devices)


def test_the_alders_devices_are_those_of_the_operators_example(sandbox: Sandbox) -> None:
    front, apartment = sandbox.seam.devices[FRONT_DEVICE], sandbox.seam.devices[DEVICE_204]
    assert (front.name, front.unit_name, apartment.unit_name) == ("Front entrance", None, "204")


def test_a_device_keeps_its_id(sandbox: Sandbox) -> None:
    device = sandbox.seam.device_at(MAPLE, "Apartment PH 1")
    assert device
    assert device.device_id == "5cca37f1-5501-5e18-92fe-77ec83a74644"


# Grants


def test_a_grant_is_made_with_its_access_method(partner: Partner) -> None:
    grant = partner.seam_grant().json()["access_grant"]
    assert (grant["access_grant_key"], grant["starts_at"]) == ("g1", "2026-06-10T19:20:00.000Z")
    assert grant["requested_access_methods"][0]["created_access_method_ids"] == grant["access_method_ids"]
    assert (grant["errors"], grant["warnings"]) == ([], [])


def test_the_code_is_on_the_access_method(partner: Partner) -> None:
    method = partner.seam_code()
    assert (method["mode"], method["is_issued"], len(method["code"])) == ("code", True, 6)


def test_a_mobile_key_has_a_link_and_no_code(partner: Partner) -> None:
    made = partner.seam_grant(requested_access_methods=[{"mode": "mobile_key"}]).json()["access_grant"]
    method = partner.seam("/access_methods/get", {"access_method_id": made["access_method_ids"][0]}).json()["access_method"]
    assert method["code"] is None
    assert method["instant_key_url"].startswith("https://ik.seam.example/")


def test_a_grant_is_found_by_its_id_and_by_its_key(partner: Partner) -> None:
    made = partner.seam_grant().json()
    by_id = partner.seam("/access_grants/get", {"access_grant_id": made["access_grant"]["access_grant_id"]})
    assert by_id.json() == by_key(partner).json() == made


def test_a_key_can_be_used_once(sandbox: Sandbox, partner: Partner) -> None:
    partner.seam_grant()
    assert failed(partner.seam_grant()) == (409, "duplicate_access_grant_key")
    assert len(sandbox.seam.grants) == 1


def test_a_deleted_grant_is_not_there_any_more(partner: Partner) -> None:
    grant_id = partner.seam_grant().json()["access_grant"]["access_grant_id"]
    answers = [partner.seam("/access_grants/delete", {"access_grant_id": grant_id}) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 404]
    assert failed(by_key(partner)) == (404, "access_grant_not_found")


def test_a_grant_may_be_seen_while_it_is_being_deleted(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.seam.deletes_slowly = True
    grant_id = partner.seam_grant().json()["access_grant"]["access_grant_id"]
    partner.seam("/access_grants/delete", {"access_grant_id": grant_id})
    assert by_key(partner).json()["access_grant"]["warnings"][0]["warning_code"] == "being_deleted"


def test_times_can_change_one_at_a_time(partner: Partner) -> None:
    grant_id = partner.seam_grant().json()["access_grant"]["access_grant_id"]
    changed = {"access_grant_id": grant_id, "ends_at": "2026-06-10T21:00:00Z"}
    assert partner.seam("/access_grants/update", changed).status_code == 200
    grant = by_key(partner).json()["access_grant"]
    assert (grant["starts_at"], grant["ends_at"]) == ("2026-06-10T19:20:00.000Z", "2026-06-10T21:00:00.000Z")


@pytest.mark.parametrize(
    "times",
    [
        {"ends_at": "2026-06-10T19:20:00Z"},
        {"starts_at": "2026-06-10T20:10:00Z"},
        {"starts_at": "2026-06-10T18:00:00Z", "ends_at": "2026-06-10T18:30:00Z"},
    ],
    ids=str,
)
def test_a_window_cannot_become_empty_or_lie_in_the_past(partner: Partner, times: dict[str, str]) -> None:
    grant_id = partner.seam_grant().json()["access_grant"]["access_grant_id"]
    assert failed(partner.seam("/access_grants/update", {"access_grant_id": grant_id} | times)) == (400, "invalid_input")
    assert by_key(partner).json()["access_grant"]["ends_at"] == "2026-06-10T20:10:00.000Z"


@pytest.mark.parametrize("key", [None, "nonsense", f"{SEAM} ", ""])
@pytest.mark.parametrize("path", ["/access_grants/create", "/access_grants/delete", "/access_methods/get", "/access_grants/get"])
def test_every_call_takes_the_key_only(partner: Partner, path: str, key: str | None) -> None:
    assert failed(partner.seam(path, {}, key)) == (401, "unauthorized")


REFUSED: list[dict[str, Any]] = [
    {"user_identity": ...},
    {"user_identity": {}},
    {"user_identity": {"full_name": ""}},
    {"user_identity": {"full_name": "Jane", "first_name": "Jane"}},
    {"user_identity": {"full_name": "Jane", "email_address": "jane"}},
    {"device_ids": ...},
    {"device_ids": []},
    {"device_ids": ["front"]},
    {"requested_access_methods": []},
    {"requested_access_methods": [{"mode": "CODE"}]},
    {"requested_access_methods": [{"mode": "code", "colour": "red"}]},
    {"starts_at": ...},
    {"starts_at": "2026-06-10T19:20:00"},
    {"starts_at": "2026-06-10T20:10:00Z"},
    {"ends_at": "2026-06-10T18:00:00Z", "starts_at": "2026-06-10T17:00:00Z"},
    {"ends_at": None},
    {"access_grant_key": " g1"},
    {"access_grant_key": ""},
    {"unit_names": ["204"]},
]


@pytest.mark.parametrize("change", REFUSED, ids=str)
def test_a_malformed_grant_is_refused_and_makes_nothing(sandbox: Sandbox, partner: Partner, change: dict[str, Any]) -> None:
    assert failed(partner.seam_grant(**change)) == (400, "invalid_input")
    assert sandbox.seam.grants == {}


def test_a_device_that_does_not_exist_is_not_found(partner: Partner) -> None:
    assert failed(partner.seam_grant(device_ids=[FRONT_DEVICE, NOBODY])) == (404, "device_not_found")


@pytest.mark.parametrize(
    ("path", "body", "failure"),
    [
        ("/access_grants/get", {}, (400, "invalid_input")),
        ("/access_grants/get", {"access_grant_id": NOBODY, "access_grant_key": "g1"}, (400, "invalid_input")),
        ("/access_grants/get", {"access_grant_key": "g9"}, (404, "access_grant_not_found")),
        ("/access_grants/update", {"access_grant_id": NOBODY}, (404, "access_grant_not_found")),
        ("/access_grants/update", {"access_grant_id": NOBODY, "device_ids": []}, (400, "invalid_input")),
        ("/access_grants/delete", {"access_grant_key": "g1"}, (400, "invalid_input")),
        ("/access_methods/get", {"access_method_id": NOBODY}, (404, "access_method_not_found")),
        ("/access_methods/get", [], (400, "invalid_input")),
        ("/access_methods/list", {}, (404, "not_found")),
    ],
)
def test_what_cannot_be_answered_is_refused_in_seams_own_shape(
    partner: Partner, path: str, body: Any, failure: tuple[int, str]
) -> None:
    assert failed(partner.seam(path, body)) == failure


def test_a_body_must_be_declared_as_json(url: str) -> None:
    headers = {"Authorization": f"Bearer {SEAM}"}
    assert failed(requests.post(f"{url}/seam/access_grants/get", data="{}", headers=headers, timeout=30))[0] == 400


def test_a_broken_call_fails_in_seams_own_shape(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.faults.set("POST /access_grants/create", "500")
    assert failed(partner.seam_grant()) == (500, "internal_server_error")


# At the doors


@pytest.mark.parametrize(("minutes", "opens"), [(19.99, False), (20, True), (70, True), (70.01, False)])
def test_a_code_works_inside_its_window_only(
    sandbox: Sandbox, partner: Partner, clock: Clock, minutes: float, opens: bool
) -> None:
    code = partner.seam_code()["code"]
    clock.move(minutes=minutes)
    assert sandbox.seam.type_code(FRONT_DEVICE, code) is opens


def test_a_code_opens_the_doors_of_its_grant_only(sandbox: Sandbox, code: str) -> None:
    opened = [one.name for one in sandbox.seam.devices.values() if sandbox.seam.type_code(one.device_id, code)]
    assert opened == ["Front entrance", "Apartment 204"]


def test_a_code_of_a_deleted_grant_opens_nothing(sandbox: Sandbox, partner: Partner, code: str) -> None:
    (grant,) = sandbox.seam.grants.values()
    partner.seam("/access_grants/delete", {"access_grant_id": grant.access_grant_id})
    assert sandbox.seam.type_code(FRONT_DEVICE, code) is False


def test_a_code_that_is_not_issued_opens_nothing(sandbox: Sandbox, partner: Partner, clock: Clock) -> None:
    sandbox.seam.issues_later = True
    code = partner.seam_code()["code"]
    clock.move(minutes=30)
    assert sandbox.seam.type_code(FRONT_DEVICE, code) is False


def test_an_opened_door_is_told_with_the_code_but_never_with_the_grant(sandbox: Sandbox, code: str, vendor: Vendor) -> None:
    sandbox.seam.type_code(DEVICE_204, code)
    (unlocked,) = told(sandbox, vendor, "lock.unlocked")
    (grant,) = sandbox.seam.grants.values()
    assert unlocked.pop("event_id")
    assert unlocked == {
        "event_type": "lock.unlocked",
        "occurred_at": "2026-06-10T19:30:00.000Z",
        "created_at": "2026-06-10T19:30:00.000Z",
        "workspace_id": "750fc0bc-4450-4356-8d9f-18c6a3a6b2c7",
        "device_id": DEVICE_204,
        "method": "keycode",
        "access_code_id": grant.access_code_ids[DEVICE_204],
        "access_code_is_managed": True,
    }


def test_a_lock_may_not_know_which_code_it_was(sandbox: Sandbox, code: str, vendor: Vendor) -> None:
    sandbox.seam.names_codes = False
    sandbox.seam.type_code(DEVICE_204, code)
    (unlocked,) = told(sandbox, vendor, "lock.unlocked")
    assert "access_code_id" not in unlocked


@pytest.mark.parametrize("typed", ["000000", "code"])
def test_a_door_that_stays_shut_is_told(sandbox: Sandbox, code: str, clock: Clock, vendor: Vendor, typed: str) -> None:
    clock.move(hours=2)
    assert sandbox.seam.type_code(DEVICE_204, code if typed == "code" else typed) is False
    (denied,) = told(sandbox, vendor, "lock.access_denied")
    assert (denied["device_id"], "access_code_id" in denied) == (DEVICE_204, typed == "code")


def test_a_thumb_turn_is_told_as_manual(sandbox: Sandbox, url: str, vendor: Vendor) -> None:
    sandbox.seam.thumb_turn(DEVICE_204)
    (unlocked,) = told(sandbox, vendor)
    assert (unlocked["event_type"], unlocked["method"]) == ("lock.unlocked", "manual")


def test_a_device_that_does_not_exist_is_a_key_error(sandbox: Sandbox) -> None:
    for act in (sandbox.seam.thumb_turn, sandbox.seam.go_offline, lambda device: sandbox.seam.type_code(device, "1")):
        with pytest.raises(KeyError):
            act(NOBODY)


# Issuing: late, never, failed


def test_what_is_issued_is_told_with_the_code(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    code = partner.seam_code()["code"]
    events = told(sandbox, vendor)
    kinds = ["access_grant.created", *["access_code.set_on_device"] * 2]
    assert sorted(one["event_type"] for one in events) == sorted(
        [*kinds, "access_method.issued", "access_grant.access_granted_to_all_doors"]
    )
    (issued,) = told(sandbox, vendor, "access_method.issued")
    (grant,) = sandbox.seam.grants.values()
    assert (issued["access_grant_ids"], issued["access_grant_keys"]) == ([grant.access_grant_id], ["g1"])
    assert issued["code"] == code


def test_a_grant_hangs_until_it_is_issued(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    sandbox.seam.issues_later = True
    assert partner.seam_code()["is_issued"] is False
    assert told(sandbox, vendor, "access_method.issued") == []
    sandbox.seam.issue("g1")
    assert len(told(sandbox, vendor, "access_method.issued")) == 1


def test_a_grant_is_issued_when_somebody_looked_often_enough(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.seam.issues_later, sandbox.seam.polls_until_issued = True, 2
    method_id = partner.seam_code()["access_method_id"]
    looks = [partner.seam("/access_methods/get", {"access_method_id": method_id}).json() for _ in range(2)]
    assert [one["access_method"]["is_issued"] for one in looks] == [False, True]


def test_a_grant_whose_methods_cannot_be_made_has_an_error_and_tells_of_it(
    sandbox: Sandbox, partner: Partner, vendor: Vendor
) -> None:
    sandbox.seam.fails_methods = True
    grant = partner.seam_grant().json()["access_grant"]
    assert (grant["errors"][0]["error_code"], grant["access_method_ids"]) == ("cannot_create_requested_access_methods", [])
    (event,) = told(sandbox, vendor, "access_grant.could_not_create_requested_access_methods")
    assert event["access_grant_id"] == grant["access_grant_id"]


def test_a_grant_that_hung_can_fail_late(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    sandbox.seam.issues_later = True
    partner.seam_grant()
    sandbox.seam.fail("g1")
    sandbox.seam.issue("g1")
    assert by_key(partner).json()["access_grant"]["errors"]
    assert len(told(sandbox, vendor, "access_grant.could_not_create_requested_access_methods")) == 1
    assert told(sandbox, vendor, "access_method.issued") == []


def test_codes_that_no_device_takes_are_told_at_the_devices_only(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    sandbox.seam.fails_codes = True
    assert partner.seam_code()["is_issued"] is False
    events = told(sandbox, vendor, "access_code.failed_to_set_on_device")
    assert [one["device_id"] for one in events] == [FRONT_DEVICE, DEVICE_204]
    assert by_key(partner).json()["access_grant"]["errors"] == []


def test_nothing_can_be_issued_that_was_not_asked_for(sandbox: Sandbox) -> None:
    with pytest.raises(Refusal):
        sandbox.seam.issue("g9")


# Offline devices


def test_an_offline_device_opens_and_tells_of_it_later_with_the_time_at_which_it_did(
    sandbox: Sandbox, code: str, clock: Clock, vendor: Vendor
) -> None:
    sandbox.seam.go_offline(DEVICE_204)
    assert sandbox.seam.type_code(DEVICE_204, code)
    clock.move(hours=3)
    assert told(sandbox, vendor, "lock.unlocked") == []
    sandbox.seam.come_online(DEVICE_204)
    (late,) = told(sandbox, vendor, "lock.unlocked")
    assert (late["occurred_at"], late["created_at"]) == ("2026-06-10T19:30:00.000Z", "2026-06-10T22:30:00.000Z")
    assert [one["device_id"] for one in told(sandbox, vendor, "device.disconnected", "device.connected")] == [DEVICE_204] * 2


def test_an_offline_device_gets_its_code_when_it_is_online_again(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.seam.go_offline(DEVICE_204)
    method_id = partner.seam_code()["access_method_id"]
    sandbox.seam.come_online(DEVICE_204)
    method = partner.seam("/access_methods/get", {"access_method_id": method_id}).json()["access_method"]
    assert method["is_issued"] is True


# Events on their way


def test_events_are_signed_by_svix(sandbox: Sandbox, url: str, vendor: Vendor) -> None:
    sandbox.seam.thumb_turn(FRONT_DEVICE)
    sandbox.drain_notices()
    ((path, headers, body),) = vendor.received
    assert path == "/webhooks/seam"
    assert verify([SECRET], headers, body, NOON_IN_SEATTLE, SVIX) == headers["svix-id"]


def test_an_event_keeps_its_id_and_body_when_repeated(sandbox: Sandbox, url: str, vendor: Vendor) -> None:
    vendor.answers = [500]
    sandbox.seam.duplicates = True
    sandbox.seam.thumb_turn(FRONT_DEVICE)
    sandbox.drain_notices()
    assert len(vendor.received) == 3
    assert len({(headers["svix-id"], body) for _, headers, body in vendor.received}) == 1


def test_events_can_come_late_and_last_first(sandbox: Sandbox, code: str, vendor: Vendor) -> None:
    sandbox.drain_notices()
    vendor.received.clear()
    sandbox.seam.callbacks_paused = True
    for device in (FRONT_DEVICE, DEVICE_204):
        sandbox.seam.type_code(device, code)
    sandbox.seam.reverse()
    assert vendor.received == []
    sandbox.seam.callbacks_paused = False
    assert [one["device_id"] for one in told(sandbox, vendor)] == [DEVICE_204, FRONT_DEVICE]


def test_a_test_can_send_any_event_at_once(sandbox: Sandbox, vendor: Vendor) -> None:
    vendor.answers = [202]
    details = {"device_id": FRONT_DEVICE, "occurred_at": "2026-06-10T18:00:00Z"}
    assert sandbox.seam.send("lock.unlocked", details, message_id="msg_1") == 202
    _, headers, body = vendor.received[0]
    assert verify([SECRET], headers, body, NOON_IN_SEATTLE, SVIX) == "msg_1"
    assert vendor.events()[0]["occurred_at"] == "2026-06-10T18:00:00Z"


@pytest.mark.parametrize(
    "wrong",
    [{"secret": OTHER_SECRET}, {"sent_at": NOON_IN_SEATTLE - timedelta(minutes=6)}, {"signed": False}],
    ids=["wrongly signed", "stale", "unsigned"],
)
def test_a_test_can_send_an_event_that_must_not_be_believed(sandbox: Sandbox, vendor: Vendor, wrong: dict[str, Any]) -> None:
    sandbox.seam.send("lock.unlocked", {"device_id": FRONT_DEVICE}, **wrong)
    _, headers, body = vendor.received[0]
    with pytest.raises(BadSignature):
        verify([SECRET], headers, body, NOON_IN_SEATTLE, SVIX)
