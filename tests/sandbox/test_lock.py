from datetime import timedelta
from typing import Any

import pytest

from sandbox import Sandbox
from vendor_app.signatures import BadSignature, verify

from .stage import ALDER, MAPLE, NOON_IN_SEATTLE, SECRET, Clock, Partner, Vendor

OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@pytest.fixture
def code(partner: Partner, clock: Clock) -> str:
    """Of a grant for apartment 101, inside its window."""
    code: str = partner.grant().json()["code"]
    clock.move(minutes=30)
    return code


def test_a_grant_is_answered_with_six_digits(partner: Partner) -> None:
    answer = partner.grant()
    assert (answer.status_code, set(answer.json())) == (200, {"code"})
    assert len(answer.json()["code"]) == 6
    assert answer.json()["code"].isdigit()


def test_a_repeated_grant_has_the_same_code(sandbox: Sandbox, partner: Partner) -> None:
    assert partner.grant().json() == partner.grant().json()
    assert len(sandbox.lock.grants) == 1


def test_two_grants_have_two_codes(partner: Partner) -> None:
    assert partner.grant("g1").json() != partner.grant("g2").json()


def test_a_grant_cannot_change_its_terms(partner: Partner) -> None:
    partner.grant()
    assert partner.grant(unitNames=["102"]).status_code == 409


def test_a_request_needs_the_right_signature(partner: Partner, clock: Clock) -> None:
    assert partner.lock("access.grant_requested", partner.terms(), OTHER_SECRET).status_code == 401


def test_a_request_must_be_fresh(sandbox: Sandbox, partner: Partner) -> None:
    partner.clock = Clock(NOON_IN_SEATTLE.replace(hour=18))
    assert (partner.grant().status_code, sandbox.lock.grants) == (401, {})


@pytest.mark.parametrize(
    "change",
    [
        {"grantId": ""},
        {"communityId": "nowhere"},
        {"startsAt": "2026-06-10T12:20:00"},
        {"endsAt": "2026-06-10T12:00:00-07:00"},
        {"unitNames": None},
        {"holder": {"firstName": "Jane"}},
        {"email": "janedoe@example.com"},
    ],
    ids=str,
)
def test_a_malformed_grant_is_refused(sandbox: Sandbox, partner: Partner, change: dict[str, Any]) -> None:
    assert (partner.grant(**change).status_code, sandbox.lock.grants) == (400, {})


@pytest.mark.parametrize("data", [None, [], "x"])
def test_data_must_be_an_object(partner: Partner, data: Any) -> None:
    assert partner.lock("access.grant_requested", data).status_code == 400


def test_an_unknown_type_is_refused(partner: Partner) -> None:
    assert partner.lock("access.granted", {}).status_code == 400


def test_a_code_can_come_later_in_a_signed_callback(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    sandbox.lock.answers_later = True
    assert [partner.grant().status_code for _ in range(2)] == [202, 202]
    sandbox.drain_notices()
    path, headers, body = vendor.received[0]
    assert (path, verify([SECRET], headers, body, NOON_IN_SEATTLE).startswith("msg_")) == ("/webhooks/access", True)
    code = sandbox.lock.grants["g1"].code
    assert vendor.callbacks() == [
        {
            "type": "access.credential_ready",
            "timestamp": "2026-06-10T19:00:00+00:00",
            "data": {"grantId": "g1", "tourId": "t1", "occurredAt": "2026-06-10T19:00:00+00:00", "code": code},
        }
    ]


def test_a_grant_can_fail(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    sandbox.lock.fails_grants = True
    assert partner.grant().status_code == 202
    sandbox.drain_notices()
    assert [one["type"] for one in vendor.callbacks()] == ["access.credential_failed"]
    assert sandbox.lock.grants["g1"].code is None


def test_a_grant_that_failed_can_succeed_when_asked_again(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.lock.fails_grants = True
    partner.grant()
    sandbox.lock.fails_grants = False
    assert partner.grant().status_code == 200


def test_a_callback_keeps_its_id_and_body_when_repeated(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    vendor.answers = [500]
    sandbox.lock.answers_later = True
    partner.grant()
    sandbox.drain_notices()
    (_, first, body), (_, second, again) = vendor.received
    assert (first["webhook-id"], body) == (second["webhook-id"], again)


@pytest.mark.parametrize(
    ("units", "doors"),
    [
        (["101"], ["Front entrance", "Apartment 101"]),
        ([" 1 01"], ["Front entrance", "Apartment 101"]),
        (["102", "305"], ["Front entrance", "Apartment 102", "Apartment 305"]),
        (["999"], ["Front entrance"]),
        ([], ["Front entrance", "Model unit", "Apartment 101", "Apartment 102", "Apartment 204", "Apartment 305"]),
    ],
)
def test_a_code_opens_the_doors_of_its_grant(
    sandbox: Sandbox, partner: Partner, clock: Clock, units: list[str], doors: list[str]
) -> None:
    code = partner.grant(unitNames=units).json()["code"]
    clock.move(minutes=30)
    everywhere = [door.name for door in sandbox.lock.doors(ALDER)]
    assert [door for door in everywhere if sandbox.lock.type_code(ALDER, door, code)] == doors
    assert [(one.door, one.grant_id) for one in sandbox.lock.activity if one.opened] == [(door, "g1") for door in doors]


@pytest.mark.parametrize(("minutes", "opens"), [(19.99, False), (20, True), (70, True), (70.01, False)])
def test_a_code_works_inside_its_window_only(
    sandbox: Sandbox, partner: Partner, clock: Clock, minutes: float, opens: bool
) -> None:
    code = partner.grant().json()["code"]
    clock.move(minutes=minutes)
    assert sandbox.lock.type_code(ALDER, "Front entrance", code) is opens


def test_a_code_is_nothing_at_another_property(sandbox: Sandbox, code: str, vendor: Vendor) -> None:
    assert sandbox.lock.type_code(MAPLE, "Front entrance", code) is False
    sandbox.drain_notices()
    assert vendor.callbacks() == []


def test_a_revoked_code_opens_nothing(sandbox: Sandbox, partner: Partner, code: str) -> None:
    assert [partner.lock("access.revoke_requested", {"grantId": "g1"}).status_code for _ in range(2)] == [200, 200]
    assert sandbox.lock.type_code(ALDER, "Front entrance", code) is False


def test_a_revoked_grant_cannot_come_back(partner: Partner, code: str) -> None:
    partner.lock("access.revoke_requested", {"grantId": "g1"})
    assert partner.grant().status_code == 409


def test_an_unknown_grant_cannot_be_revoked(partner: Partner) -> None:
    assert partner.lock("access.revoke_requested", {"grantId": "g9"}).status_code == 404


def test_an_opened_door_is_told(sandbox: Sandbox, code: str, vendor: Vendor) -> None:
    sandbox.lock.type_code(ALDER, "Apartment 101", code)
    sandbox.drain_notices()
    assert vendor.callbacks() == [
        {
            "type": "access.door_unlocked",
            "timestamp": "2026-06-10T19:30:00+00:00",
            "data": {
                "grantId": "g1",
                "tourId": "t1",
                "occurredAt": "2026-06-10T19:30:00+00:00",
                "door": "Apartment 101",
                "method": "keycode",
                "unitName": "101",
            },
        }
    ]


def test_a_right_code_at_a_wrong_door_is_told_as_denied(sandbox: Sandbox, code: str, vendor: Vendor) -> None:
    sandbox.lock.type_code(ALDER, "Apartment 102", code)
    sandbox.drain_notices()
    assert [(one["type"], one["data"]["unitName"]) for one in vendor.callbacks()] == [("access.denied", "102")]


def test_a_code_of_nobody_is_not_told(sandbox: Sandbox, url: str, vendor: Vendor) -> None:
    assert sandbox.lock.type_code(ALDER, "Front entrance", "nobody") is False
    sandbox.drain_notices()
    assert vendor.received == []


def test_leaving_the_building_is_told(sandbox: Sandbox, code: str, vendor: Vendor) -> None:
    sandbox.lock.type_code(ALDER, "Front entrance", code)
    assert [one.grant_id for one in sandbox.lock.inside(ALDER)] == ["g1"]
    sandbox.lock.leave("g1")
    sandbox.drain_notices()
    assert (vendor.callbacks()[-1]["type"], sandbox.lock.inside(ALDER)) == ("access.tour_ended", [])


def test_a_test_can_send_any_callback_at_once(sandbox: Sandbox, vendor: Vendor) -> None:
    vendor.answers = [202]
    assert sandbox.lock.send("access.door_unlocked", {"grantId": "g1"}, message_id="msg_1") == 202
    _, headers, body = vendor.received[0]
    assert verify([SECRET], headers, body, NOON_IN_SEATTLE) == "msg_1"


def test_a_test_can_send_a_badly_signed_callback(sandbox: Sandbox, vendor: Vendor) -> None:
    sandbox.lock.send("access.door_unlocked", {"grantId": "g1"}, secret=OTHER_SECRET)
    _, headers, body = vendor.received[0]
    with pytest.raises(BadSignature):
        verify([SECRET], headers, body, NOON_IN_SEATTLE)


# Misbehaving on demand


def test_a_test_can_send_a_callback_without_a_signature(sandbox: Sandbox, vendor: Vendor) -> None:
    sandbox.lock.send("access.door_unlocked", {"grantId": "g1"}, signed=False)
    _, headers, _ = vendor.received[0]
    assert not [name for name in headers if name.startswith("webhook-")]


def test_a_test_can_send_a_callback_with_a_stale_stamp(sandbox: Sandbox, vendor: Vendor) -> None:
    sandbox.lock.send("access.door_unlocked", {"grantId": "g1"}, sent_at=NOON_IN_SEATTLE - timedelta(minutes=6))
    _, headers, body = vendor.received[0]
    with pytest.raises(BadSignature, match="5 minutes"):
        verify([SECRET], headers, body, NOON_IN_SEATTLE)


def test_every_callback_can_come_twice_under_one_id(sandbox: Sandbox, code: str, vendor: Vendor) -> None:
    sandbox.lock.duplicates = True
    sandbox.lock.type_code(ALDER, "Front entrance", code)
    sandbox.drain_notices()
    (_, first, body), (_, second, again) = vendor.received
    assert (first["webhook-id"], body) == (second["webhook-id"], again)


def test_callbacks_can_come_late_and_last_first(sandbox: Sandbox, code: str, vendor: Vendor) -> None:
    sandbox.lock.callbacks_paused = True
    for door in ("Front entrance", "Apartment 101"):
        sandbox.lock.type_code(ALDER, door, code)
    sandbox.lock.reverse()
    assert vendor.callbacks() == []
    sandbox.lock.callbacks_paused = False
    sandbox.drain_notices()
    assert [one["data"]["door"] for one in vendor.callbacks()] == ["Apartment 101", "Front entrance"]


@pytest.mark.parametrize(("succeeds", "told"), [(True, "access.credential_ready"), (False, "access.credential_failed")])
def test_a_grant_can_hang_until_it_is_decided_late(
    sandbox: Sandbox, partner: Partner, vendor: Vendor, succeeds: bool, told: str
) -> None:
    sandbox.lock.hangs_grants = True
    answers = [partner.grant(), partner.grant()]
    sandbox.drain_notices()
    assert [(one.status_code, one.json()) for one in answers] == [(202, {}), (202, {})]
    assert vendor.received == []
    sandbox.lock.decide("g1", succeeds)
    sandbox.drain_notices()
    (callback,) = vendor.callbacks()
    assert (callback["type"], callback["data"].get("code")) == (told, sandbox.lock.grants["g1"].code)


def test_an_offline_door_opens_and_tells_of_it_later_with_the_time_at_which_it_did(
    sandbox: Sandbox, code: str, clock: Clock, vendor: Vendor
) -> None:
    sandbox.lock.go_offline(ALDER, "Apartment 101")
    assert sandbox.lock.type_code(ALDER, "Apartment 101", code)
    assert sandbox.lock.type_code(ALDER, "Front entrance", code)
    clock.move(hours=3)
    sandbox.drain_notices()
    assert [one["data"]["door"] for one in vendor.callbacks()] == ["Front entrance"]
    sandbox.lock.come_online(ALDER, "Apartment 101")
    sandbox.drain_notices()
    late = vendor.callbacks()[-1]
    assert (late["timestamp"], late["data"]["occurredAt"]) == ("2026-06-10T22:30:00+00:00", "2026-06-10T19:30:00+00:00")
    assert sandbox.lock.unsent == []


def test_a_door_that_does_not_exist_cannot_go_offline(sandbox: Sandbox) -> None:
    with pytest.raises(KeyError):
        sandbox.lock.go_offline(ALDER, "Cellar")
