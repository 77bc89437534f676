"""`POST /webhooks/access`: signed by the lock system or refused, kept once, acted on by the job, and codes sealed."""

import json
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.stored import everything_stored
from tests.web.api import problem
from tests.world import COMMUNITY, SECRET, START, World, world
from vendor_app.signatures import sign

OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
UNLOCKED, READY = "access.door_unlocked", "access.credential_ready"
CODE = "7731-owl-0429"


@pytest.fixture
def booked(the_world: World) -> dict[str, Any]:
    """A tour whose prospect stands at the door, the clock inside the window."""
    answer: dict[str, Any] = the_world.book().json()
    the_world.jobs()
    the_world.clock.move(minutes=25)
    return answer


def told(the_world: World, booked: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The data of a callback about the tour; a change to None leaves the field out."""
    data = {"tourId": booked["tourId"], "door": "Front entrance", "occurredAt": the_world.clock.now.isoformat()}
    return {name: value for name, value in {**data, **changes}.items() if value is not None}


def send(the_world: World, content: Any, change: dict[str, str | None] | None = None) -> requests.Response:
    """POST a body with good signature headers, of which some are changed or left out."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers: dict[str, str | None] = {**sign(SECRET, "msg_1", data, the_world.clock.now), **(change or {})}
    sent = {name: value for name, value in headers.items() if value is not None}
    return requests.post(f"{the_world.url}/webhooks/access", data=data, headers=sent, timeout=30)


def envelope(the_world: World, kind: str, data: Any) -> dict[str, Any]:
    """A callback's body."""
    return {"type": kind, "timestamp": the_world.clock.now.isoformat(), "data": data}


def status(the_world: World, booked: dict[str, Any]) -> str:
    """The tour's, as stored."""
    return the_world.tour(booked).status.value


# From the lock system, or not


def good_signature(the_world: World, content: Any, secret: str = SECRET) -> str:
    """As the lock system would sign it now."""
    return sign(secret, "msg_1", json.dumps(content).encode(), the_world.clock.now)["webhook-signature"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"webhook-signature": None}, id="no signature"),
        pytest.param({"webhook-signature": ""}, id="empty signature"),
        pytest.param({"webhook-signature": "v1,"}, id="nothing after the version"),
        pytest.param({"webhook-signature": "v1,AAAA"}, id="wrong signature"),
        pytest.param({"webhook-signature": "v1,%%%"}, id="not base64"),
        pytest.param({"webhook-signature": "v1,é"}, id="not ASCII"),
        pytest.param({"webhook-signature": "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}, id="another version"),
        pytest.param({"webhook-id": None}, id="no id"),
        pytest.param({"webhook-id": "msg_2"}, id="another id"),
        pytest.param({"webhook-id": "x" * 300}, id="a long id"),
        pytest.param({"webhook-timestamp": None}, id="no timestamp"),
        pytest.param({"webhook-timestamp": "now"}, id="no number"),
        pytest.param({"webhook-timestamp": "-1"}, id="before time"),
        pytest.param({"webhook-timestamp": "9" * 12}, id="after time"),
        pytest.param({"webhook-timestamp": "9" * 5000}, id="a number too long"),
        pytest.param({"webhook-timestamp": "1781119500.5"}, id="a fraction"),
    ],
)
def test_a_callback_without_a_good_signature_is_a_401_and_leaves_no_trace(
    the_world: World, booked: dict[str, Any], change: dict[str, str | None]
) -> None:
    before = the_world.story(booked["tourId"])

    encoded = {name: value and value.encode().decode("latin-1") for name, value in change.items()}
    problem(send(the_world, envelope(the_world, UNLOCKED, told(the_world, booked)), encoded), 401, "unauthorized")
    the_world.jobs()

    assert (status(the_world, booked), the_world.story(booked["tourId"])) == ("confirmed", before)


def test_a_callback_signed_with_another_secret_is_a_401_and_leaves_no_trace(the_world: World, booked: dict[str, Any]) -> None:
    before = the_world.story(booked["tourId"])

    assert the_world.lock.send(UNLOCKED, told(the_world, booked), secret=OTHER_SECRET) == 401
    the_world.jobs()

    assert (status(the_world, booked), the_world.story(booked["tourId"])) == ("confirmed", before)


def test_a_body_that_was_changed_on_the_way_is_a_401(the_world: World, booked: dict[str, Any]) -> None:
    signed = envelope(the_world, UNLOCKED, told(the_world, booked))
    changed = envelope(the_world, UNLOCKED, told(the_world, booked, door="Apartment 101"))

    problem(send(the_world, changed, {"webhook-signature": good_signature(the_world, signed)}), 401)


def test_the_signature_is_over_the_bytes_and_not_over_what_they_mean(the_world: World, booked: dict[str, Any]) -> None:
    content = envelope(the_world, UNLOCKED, told(the_world, booked))
    spaced = json.dumps(content, indent=1).encode()

    assert send(the_world, spaced).status_code == 200
    problem(send(the_world, spaced, {"webhook-signature": good_signature(the_world, content)}), 401)


@pytest.mark.parametrize("seconds", [-301, 301, -86_400])
def test_a_stale_or_early_timestamp_is_a_401_and_leaves_no_trace(the_world: World, booked: dict[str, Any], seconds: int) -> None:
    sent_at = the_world.clock.now + timedelta(seconds=seconds)

    assert the_world.lock.send(UNLOCKED, told(the_world, booked), sent_at=sent_at) == 401
    the_world.jobs()

    assert UNLOCKED not in the_world.story(booked["tourId"])


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_either_way_are_tolerated(the_world: World, booked: dict[str, Any], seconds: int) -> None:
    sent_at = the_world.clock.now + timedelta(seconds=seconds)

    assert the_world.lock.send(UNLOCKED, told(the_world, booked), sent_at=sent_at) == 200


def test_any_signature_of_several_will_do(the_world: World, booked: dict[str, Any]) -> None:
    content = envelope(the_world, UNLOCKED, told(the_world, booked))
    several = f"v1a,AAAA {good_signature(the_world, content, OTHER_SECRET)} {good_signature(the_world, content)}"

    assert send(the_world, content, {"webhook-signature": several}).status_code == 200


def test_any_of_our_secrets_will_do(database_url: str) -> None:
    with world(database_url, access_webhook_secrets=(SECRET, OTHER_SECRET)) as rotating:
        sent = [rotating.lock.send(UNLOCKED, {"tourId": "tour_0"}, secret=one) for one in (SECRET, OTHER_SECRET)]

    assert sent == [200, 200]


def test_without_a_secret_no_callback_is_taken(database_url: str) -> None:
    with world(database_url, access_url="", access_webhook_secrets=()) as keyless:
        assert keyless.lock.send(UNLOCKED, {"tourId": "tour_0"}) == 401


# What it says


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ([], "body"),
        ({}, "type"),
        ({"type": "access.denied"}, "data"),
        ({"type": "access.denied", "data": []}, "data"),
        ({"type": "access.denied", "data": {}}, "tourId"),
        ({"type": "access.denied", "data": {"tourId": None}}, "tourId"),
        ({"type": "access.denied", "data": {"tourId": 7}}, "data.tourId"),
        ({"type": "access.denied", "data": {"tourId": ""}}, "data.tourId"),
        ({"type": "access.denied", "data": {"tourId": "t", "occurredAt": "2026-06-10T12:30:00"}}, "data.occurredAt"),
        ({"type": "access.denied", "data": {"tourId": "t", "occurredAt": 7}}, "data.occurredAt"),
        ({"type": "access.denied", "data": {"tourId": "t", "door": ["x"]}}, "data.door"),
        ({"type": "access.denied", "data": {"tourId": "t", "code": 123456}}, "data.code"),
        ({"type": 7, "data": {"tourId": "t"}}, "type"),
        ({"type": "access.denied", "timestamp": "soon", "data": {"tourId": "t"}}, "timestamp"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_400_that_names_the_field(quiet_world: World, content: Any, field: str) -> None:
    assert field in problem(send(quiet_world, content), 400)["detail"]


@pytest.mark.parametrize("content", [b"", b"{", b"type=access.denied"])
def test_what_is_not_json_is_a_400_that_says_so(quiet_world: World, content: bytes) -> None:
    assert "JSON" in problem(send(quiet_world, content), 400)["detail"]


def test_bytes_that_are_no_text_are_a_401_for_nobody_can_have_signed_them(quiet_world: World) -> None:
    headers = sign(SECRET, "msg_1", b"{}", quiet_world.clock.now)
    problem(requests.post(f"{quiet_world.url}/webhooks/access", data=b"\xff", headers=headers, timeout=30), 401)


@pytest.mark.parametrize("text", ["\ud800", "a\0b"], ids=["half a character", "NUL"])
@pytest.mark.parametrize("field", ["tourId", "grantId", "door", "unitName", "method", "code"])
def test_text_that_cannot_be_stored_is_answered_and_not_sent_again_and_again(quiet_world: World, field: str, text: str) -> None:
    content = envelope(quiet_world, "access.denied", {"tourId": "tour_0", field: text})

    assert send(quiet_world, content).status_code in (200, 400)


def test_a_code_in_a_body_that_cannot_be_read_is_not_repeated(quiet_world: World) -> None:
    answer = send(quiet_world, {"type": READY, "data": {"tourId": 7, "code": CODE}})

    problem(answer, 400)
    assert CODE not in answer.text


def test_fields_that_we_do_not_know_are_no_harm(the_world: World, booked: dict[str, Any]) -> None:
    data = told(the_world, booked, battery=0.7, device={"id": "d"})

    assert send(the_world, {**envelope(the_world, UNLOCKED, data), "version": 2}).status_code == 200
    the_world.jobs()
    assert status(the_world, booked) == "in_progress"


@pytest.mark.parametrize("kind", ["device.low_battery", "access.denied", "x" * 200])
def test_a_type_that_asks_for_nothing_is_kept_in_the_tours_timeline(the_world: World, booked: dict[str, Any], kind: str) -> None:
    assert the_world.lock.send(kind, told(the_world, booked)) == 200
    the_world.jobs()

    assert (status(the_world, booked), the_world.story(booked["tourId"])[-1]) == ("confirmed", kind)


@pytest.mark.parametrize("about", [{"tourId": "tour_0"}, {"grantId": "grant_0"}])
def test_a_callback_about_no_tour_of_ours_is_kept_and_counted(the_world: World, booked: dict[str, Any], about: Any) -> None:
    assert the_world.lock.send(UNLOCKED, about) == 200
    the_world.jobs()

    assert "vendor_access_events_unmatched 1.0" in the_world.get("/metrics").text
    assert status(the_world, booked) == "confirmed"


def test_a_callback_whose_tour_and_grant_do_not_belong_together_is_nobodys(the_world: World, booked: dict[str, Any]) -> None:
    other = the_world.book(
        "key-2", START + timedelta(hours=1), {"firstName": "Sam", "lastName": "Poe", "email": "sam@example.com"}
    )
    the_world.jobs()
    (grant,) = (one for one in the_world.lock.grants.values() if one.tour_id == other.json()["tourId"])

    assert the_world.lock.send(UNLOCKED, told(the_world, booked, grantId=grant.grant_id)) == 200
    the_world.jobs()

    assert {one.status.value for one in the_world.tours()} == {"confirmed"}


# Once


def test_the_same_delivery_twice_is_one_event(the_world: World, booked: dict[str, Any]) -> None:
    sent = [the_world.lock.send(UNLOCKED, told(the_world, booked), message_id="msg_7") for _ in range(3)]
    the_world.jobs()
    sent.append(the_world.lock.send(UNLOCKED, told(the_world, booked), message_id="msg_7"))
    the_world.jobs()

    assert sent == [200] * 4
    assert the_world.story(booked["tourId"]).count(UNLOCKED) == 1


def test_two_deliveries_of_the_same_content_are_two_events(the_world: World, booked: dict[str, Any]) -> None:
    for _ in range(2):
        the_world.lock.send(UNLOCKED, told(the_world, booked))
    the_world.jobs()

    assert the_world.story(booked["tourId"]).count(UNLOCKED) == 2


def test_a_callback_is_acted_on_by_the_job_and_not_before(the_world: World, booked: dict[str, Any]) -> None:
    the_world.lock.send(UNLOCKED, told(the_world, booked))
    before = status(the_world, booked)
    the_world.jobs()

    assert (before, status(the_world, booked)) == ("confirmed", "in_progress")


# What follows


@pytest.mark.parametrize("method", [None, "keycode", "remote"])
def test_a_door_opened_with_the_prospects_credential_begins_the_tour(
    the_world: World, booked: dict[str, Any], method: str | None
) -> None:
    the_world.lock.send(UNLOCKED, told(the_world, booked, method=method))
    the_world.jobs()

    assert status(the_world, booked) == "in_progress"


@pytest.mark.parametrize("method", ["manual", "automatic", "MANUAL"])
def test_a_door_opened_otherwise_does_not_begin_the_tour(the_world: World, booked: dict[str, Any], method: str) -> None:
    the_world.lock.send(UNLOCKED, told(the_world, booked, method=method))
    the_world.jobs()

    assert status(the_world, booked) == "confirmed"


def test_units_reach_the_visit_in_the_order_they_were_opened_each_once(the_world: World, booked: dict[str, Any]) -> None:
    for minute, unit, method in [(3, "305", None), (1, "204", None), (5, "2 04", None), (4, "101", "manual"), (6, None, None)]:
        at = (the_world.clock.now + timedelta(minutes=minute)).isoformat()
        the_world.lock.send(UNLOCKED, told(the_world, booked, unitName=unit, method=method, occurredAt=at))
    the_world.clock.move(minutes=10)
    the_world.jobs()
    the_world.act(booked, "finish")
    the_world.clock.move(minutes=3)
    the_world.jobs()

    assert [one.unit_names for one in the_world.knock.visits] == [["204", "305"]]


def test_the_lock_systems_end_completes_a_tour_in_progress(the_world: World, booked: dict[str, Any]) -> None:
    the_world.lock.send(UNLOCKED, told(the_world, booked))
    the_world.jobs()
    the_world.lock.send("access.tour_ended", told(the_world, booked, door=None))
    the_world.jobs()

    assert status(the_world, booked) == "completed"


def test_a_door_event_for_a_cancelled_tour_makes_no_visit(the_world: World, booked: dict[str, Any]) -> None:
    the_world.act(booked, "cancel")
    the_world.lock.send(UNLOCKED, told(the_world, booked))
    the_world.converge(hours=2)

    assert (status(the_world, booked), the_world.knock.visits) == ("cancelled", [])


# The code


def stored(the_world: World) -> bytes:
    """Everything the database holds."""
    return everything_stored(the_world.config.database_url)


@pytest.mark.parametrize("about", ["the tour", "nobody"])
def test_a_code_in_a_callback_is_stored_only_sealed(
    the_world: World, booked: dict[str, Any], caplog: pytest.LogCaptureFixture, about: str
) -> None:
    caplog.set_level("DEBUG")
    data = told(the_world, booked, code=CODE) if about == "the tour" else {"tourId": "tour_0", "code": CODE}
    assert the_world.lock.send(READY, data) == 200
    before_the_job = stored(the_world)
    the_world.jobs()

    assert len(before_the_job) > 1000
    assert CODE.encode() not in before_the_job
    assert CODE.encode() not in stored(the_world)
    assert CODE not in caplog.text
    assert CODE not in " ".join(the_world.story(booked["tourId"]))


def test_a_code_in_an_unknown_callback_is_stored_only_sealed(the_world: World, booked: dict[str, Any]) -> None:
    assert the_world.lock.send("access.credential_renamed", told(the_world, booked, code=CODE)) == 200

    assert CODE.encode() not in stored(the_world)


def test_the_code_of_a_callback_is_the_one_that_the_prospect_sees(the_world: World, booked: dict[str, Any]) -> None:
    the_world.lock.send(READY, told(the_world, booked, code=CODE))
    the_world.jobs()

    assert the_world.act(booked, "check-in").json()["code"] == CODE


def test_a_code_that_comes_after_the_tour_was_cancelled_is_shown_to_nobody(the_world: World, booked: dict[str, Any]) -> None:
    the_world.act(booked, "cancel")
    the_world.lock.send(READY, told(the_world, booked, code=CODE))
    the_world.jobs()

    assert CODE not in the_world.get(f"/tour/{booked['tourToken']}").text
    assert the_world.act(booked).json()["access"]["state"] == "closed"
    assert CODE.encode() not in stored(the_world)


def test_the_code_answered_at_once_is_stored_only_sealed(the_world: World, booked: dict[str, Any]) -> None:
    (grant,) = the_world.lock.grants.values()
    shown = the_world.act(booked, "check-in").json()["code"]
    assert (shown, grant.community_id) == (grant.code, COMMUNITY)

    assert shown.encode() not in stored(the_world)


def test_the_tours_token_is_not_in_the_database(the_world: World, booked: dict[str, Any]) -> None:
    assert booked["tourToken"].encode() not in stored(the_world)
