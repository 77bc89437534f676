"""`POST /webhooks/seam`: signed by Svix or refused, kept once, acted on by the job, and codes never in clear."""

import random
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.flow.seam import APARTMENT, access, book, device, go_there, live, opened_units, serve_by_seam
from tests.stored import everything_stored
from tests.world import SECRET, World
from vendor_app.signatures import STANDARD, SVIX, sign

OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
ISSUED = "access_method.issued"


@pytest.fixture
def booked(the_world: World) -> dict[str, Any]:
    """A tour whose prospect has checked in; its grant is ready."""
    serve_by_seam(the_world)
    made = book(the_world)
    the_world.jobs()
    go_there(the_world, made)
    return made


def unlocked(there: World, **changes: Any) -> dict[str, Any]:
    """The details of an opening of the apartment's door with our code."""
    return {"device_id": device(there, APARTMENT), "method": "keycode", "access_code_is_managed": True, **changes}


def stored(there: World) -> int:
    """How many events are kept."""
    with there.via.db.read() as db:
        row = db.connection.one("SELECT count(*) AS n FROM access_events")
    assert row is not None
    return int(row["n"])


@pytest.mark.parametrize("how", ["unsigned", "signed by somebody else", "stale", "from the future"])
def test_an_event_without_a_good_signature_is_refused_and_leaves_no_trace(
    the_world: World, booked: dict[str, Any], how: str
) -> None:
    before = stored(the_world)
    late, soon = the_world.clock.now - timedelta(minutes=6), the_world.clock.now + timedelta(minutes=6)
    options: dict[str, dict[str, Any]] = {
        "unsigned": {"signed": False},
        "signed by somebody else": {"secret": OTHER_SECRET},
        "stale": {"sent_at": late},
        "from the future": {"sent_at": soon},
    }
    assert the_world.sandbox.seam.send("lock.unlocked", unlocked(the_world), **options[how]) == 401
    the_world.jobs()
    assert stored(the_world) == before
    assert opened_units(the_world, booked) == []


def test_the_other_kind_of_headers_is_not_taken(the_world: World) -> None:
    body = b'{"event_type": "lock.unlocked", "event_id": "e1"}'
    for prefix, status in ((STANDARD, 401), (SVIX, 200)):
        headers = sign(SECRET, "msg_1", body, the_world.clock.now, prefix)
        assert requests.post(f"{the_world.url}/webhooks/seam", data=body, headers=headers, timeout=30).status_code == status


def test_an_event_that_comes_twice_is_kept_once(the_world: World, booked: dict[str, Any]) -> None:
    before = stored(the_world)
    for _ in range(3):
        assert the_world.sandbox.seam.send("lock.unlocked", unlocked(the_world), message_id="msg_twice") == 200
        the_world.jobs()
    assert stored(the_world) == before + 1
    assert opened_units(the_world, booked) == ["204"]
    assert the_world.story(booked["tourId"]).count("access.door_unlocked") == 1


def test_codes_links_and_pins_in_texts_are_not_stored(the_world: World, booked: dict[str, Any], database_url: str) -> None:
    told = {
        "access_grant_id": live(the_world)[0].access_grant_id,
        "code": "83920174",
        "instant_key_url": "https://ik.seam.example/very-secret-path",
        "message": "PIN 74018293 was set",
        "nested": {"code": "61529384"},
    }
    assert the_world.sandbox.seam.send(ISSUED, told) == 200
    the_world.jobs()
    kept = everything_stored(database_url)
    for secret in (b"83920174", b"very-secret-path", b"74018293", b"61529384"):
        assert secret not in kept


def test_an_event_about_a_grant_of_somebody_else_changes_nothing(the_world: World, booked: dict[str, Any]) -> None:
    told = {"access_grant_ids": ["nobody"], "access_grant_keys": ["grant_of_somebody_else"], "code": "83920174"}
    assert the_world.sandbox.seam.send(ISSUED, told) == 200
    the_world.jobs()
    assert access(the_world, booked) == "ready"
    assert the_world.act(booked, "check-in").json()["code"] == live(the_world)[0].methods[0].code


@pytest.mark.parametrize("event_type", ["device.disconnected", "device.low_battery", "lock.access_denied", "something.new"])
def test_other_events_are_kept_and_prove_nothing(the_world: World, booked: dict[str, Any], event_type: str) -> None:
    before = stored(the_world)
    assert the_world.sandbox.seam.send(event_type, {"device_id": device(the_world, APARTMENT)}) == 200
    the_world.jobs()
    assert stored(the_world) == before + 1
    assert (the_world.tour(booked).status, opened_units(the_world, booked)) == ("confirmed", [])


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b'"text"', b"{}", b'{"event_type": 5, "event_id": "e"}', b"[" * 100_000],
    ids=lambda body: repr(body[:12]),
)
def test_a_signed_body_that_is_no_event_is_a_400_and_is_not_stored(the_world: World, body: bytes) -> None:
    headers = sign(SECRET, "msg_1", body, the_world.clock.now, SVIX)
    assert requests.post(f"{the_world.url}/webhooks/seam", data=body, headers=headers, timeout=30).status_code == 400
    assert stored(the_world) == 0


def test_thousands_of_malformed_or_wrongly_signed_events_are_refused_without_a_failure(the_world: World) -> None:
    client, dice = the_world.app.test_client(), random.Random(5)
    body = b'{"event_type": "lock.unlocked", "event_id": "e1", "device_id": "d1", "method": "keycode"}'
    statuses = set()
    for number in range(2500):
        good = sign(SECRET, f"msg_{number}", body, the_world.clock.now, SVIX)
        sent, headers = _spoiled(dice, body, good)
        statuses.add(client.post("/webhooks/seam", data=sent, headers=headers).status_code)
    assert statuses <= {400, 401}
    assert stored(the_world) == 0


def _spoiled(dice: random.Random, body: bytes, good: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    """Another body, or a header left out, cut short or changed."""
    way = dice.randrange(4)
    if way == 0:
        place = dice.randrange(len(body))
        return body[:place] + bytes([body[place] ^ (1 << dice.randrange(8))]) + body[place + 1 :], good
    name = dice.choice(sorted(good))
    if way == 1:
        return body, {one: value for one, value in good.items() if one != name}
    if way == 2:
        return body, good | {name: good[name][: dice.randrange(len(good[name]))]}
    return body, good | {name: "".join(chr(dice.randrange(33, 256)) for _ in range(dice.randrange(1, 60)))}
