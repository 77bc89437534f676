"""A sealed code belongs to its grant: moved to another row it is shown to nobody."""

import logging
from typing import Any

import pytest
from cryptography.fernet import Fernet

from tests.flow.story import book_until_confirmed
from tests.world import START, World
from vendor_app import keys
from vendor_app.domain.access import AccessGrant
from vendor_app.store.engine.database import Row
from vendor_app.usecases.doors.verify_contact import verify_code

SAM = {"firstName": "Sam", "lastName": "Roe", "email": "sam@example.com", "phone": "2065550000"}


def grant_of(the_world: World, booked: dict[str, Any]) -> AccessGrant:
    with the_world.via.db.read() as db:
        grant = db.grants.latest(booked["tourId"])
    assert grant is not None
    return grant


def write(the_world: World, sql: str, **params: Any) -> None:
    """As somebody could who has got into the database."""
    with the_world.via.db.transaction() as tx:
        assert tx.connection.execute(sql, **params) == 1


def put_code(the_world: World, grant: AccessGrant, sealed: str | None) -> None:
    write(the_world, "UPDATE access_grants SET sealed_code = :sealed WHERE grant_id = :id", sealed=sealed, id=grant.grant_id)


def at_the_door(the_world: World, booked: dict[str, Any]) -> Any:
    """What the prospect is shown after checking in."""
    the_world.clock.now = max(the_world.clock.now, the_world.tour(booked).opens_at)
    return the_world.act(booked, "check-in").json()["code"]


@pytest.fixture
def two(the_world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """Jane's tour and Sam's, at two communities, both with their codes."""
    jane = book_until_confirmed(the_world)
    other = "191b65d2686d11e9"
    the_world.knock.offer(other, [START])
    the_world.jobs()
    sam = the_world.book("key-2", profile=SAM, communityId=other, unitNames=[]).json()
    the_world.jobs()
    return jane, sam


def test_each_is_shown_their_own_code(the_world: World, two: tuple[dict[str, Any], dict[str, Any]]) -> None:
    codes = [at_the_door(the_world, one) for one in two]
    assert None not in codes
    assert set(codes) == {grant.code for grant in the_world.live_grants()}


def test_a_code_moved_to_anothers_grant_is_shown_to_nobody(
    the_world: World, two: tuple[dict[str, Any], dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    jane, sam = two
    put_code(the_world, grant_of(the_world, sam), grant_of(the_world, jane).sealed_code)

    with caplog.at_level(logging.ERROR):
        assert at_the_door(the_world, sam) is None

    assert [one.message for one in caplog.records if sam["tourId"] in one.message and "cannot be read" in one.message]
    assert at_the_door(the_world, jane) is not None
    assert at_the_door(the_world, jane) not in the_world.get(f"/tour/{sam['tourToken']}").text


def test_a_link_moved_to_anothers_grant_is_shown_to_nobody(the_world: World, two: tuple[dict[str, Any], dict[str, Any]]) -> None:
    jane, sam = two
    sealed = grant_of(the_world, jane).sealed_code
    write(
        the_world,
        "UPDATE access_grants SET sealed_link = :sealed WHERE grant_id = :id",
        sealed=sealed,
        id=grant_of(the_world, sam).grant_id,
    )
    the_world.clock.now = the_world.tour(sam).opens_at
    assert the_world.act(sam, "check-in").json()["link"] is None


def test_a_seal_that_is_none_is_shown_to_nobody(the_world: World, two: tuple[dict[str, Any], dict[str, Any]]) -> None:
    put_code(the_world, grant_of(the_world, two[1]), "2.nonsense")
    assert at_the_door(the_world, two[1]) is None


def test_a_code_sealed_before_codes_were_bound_is_still_shown(
    the_world: World, two: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    put_code(the_world, grant_of(the_world, two[0]), as_before(the_world, "4711"))
    assert at_the_door(the_world, two[0]) == "4711"


def as_before(the_world: World, code: str) -> str:
    """How a version that did not bind sealed it."""
    fernet: Fernet = keys._fernet(the_world.config.secret_key, keys._CODES)
    return fernet.encrypt(code.encode()).decode()


# Codes that come in callbacks


def told_later(the_world: World) -> tuple[dict[str, Any], Row]:
    """A tour whose code came in a callback that is stored and not acted on yet."""
    the_world.lock.hangs_grants = True
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    the_world.lock.decide(grant_of(the_world, booked).grant_id, succeeds=True)
    the_world.sandbox.drain_notices()
    with the_world.via.db.read() as db:
        (event,) = db.connection.query("SELECT * FROM access_events WHERE sealed_code IS NOT NULL")
    return booked, event


def test_a_code_from_a_callback_is_sealed_for_its_event_and_then_for_its_grant(the_world: World) -> None:
    booked, event = told_later(the_world)
    (live,) = the_world.live_grants()
    assert the_world.via.keys.unseal(event["sealed_code"], keys.event_seal(event["event_id"])) == live.code

    the_world.jobs()

    sealed = grant_of(the_world, booked).sealed_code
    assert sealed not in (None, event["sealed_code"])
    assert at_the_door(the_world, booked) == live.code


def test_a_callbacks_code_put_into_a_grant_as_it_is_cannot_be_read(the_world: World) -> None:
    booked, event = told_later(the_world)
    the_world.jobs()
    put_code(the_world, grant_of(the_world, booked), event["sealed_code"])
    assert at_the_door(the_world, booked) is None


def test_a_callback_with_anothers_code_makes_nothing_ready(the_world: World, caplog: pytest.LogCaptureFixture) -> None:
    booked, event = told_later(the_world)
    sealed = the_world.via.keys.seal("4711", keys.event_seal("another"))
    write(
        the_world,
        "UPDATE access_events SET sealed_code = :sealed WHERE event_id = :event_id",
        sealed=sealed,
        event_id=event["event_id"],
    )
    with caplog.at_level(logging.ERROR):
        the_world.jobs()
    assert "cannot be read" in caplog.text
    assert the_world.act(booked).json()["access"]["state"] == "pending"
    with the_world.via.db.read() as db:
        assert db.access_events.unhandled() == []


def test_a_callback_stored_before_codes_were_bound_is_acted_on(the_world: World) -> None:
    booked, event = told_later(the_world)
    write(
        the_world,
        "UPDATE access_events SET sealed_code = :sealed WHERE event_id = :event_id",
        sealed=as_before(the_world, "4711"),
        event_id=event["event_id"],
    )
    the_world.jobs()
    assert at_the_door(the_world, booked) == "4711"
    assert str(grant_of(the_world, booked).sealed_code).startswith("2.")


# One-time codes


def test_a_one_time_code_moved_to_anothers_tour_is_not_sent_to_them(the_world: World, caplog: pytest.LogCaptureFixture) -> None:
    the_world.rules(require_verified="email")
    booked = book_until_confirmed(the_world)
    the_world.sandbox.mailbox.refuses = "451 later"
    the_world.jobs()
    sealed = the_world.via.keys.seal("471100", "tour_of_somebody_else")
    write(the_world, "UPDATE verifications SET sealed_code = :sealed", sealed=sealed)
    the_world.sandbox.mailbox.refuses = ""
    the_world.clock.move(minutes=2)
    with caplog.at_level(logging.ERROR):
        the_world.jobs()

    assert f"tour {booked['tourId']}: the code or link of {booked['tourId']} cannot be read" in caplog.text
    (mail,) = the_world.sandbox.mailbox.mails
    assert "471100" not in mail.text
    verify_code(the_world.via, booked["tourToken"], mail.text.split()[0], the_world.clock())
    assert at_the_door(the_world, booked) is not None
