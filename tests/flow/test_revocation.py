"""Whatever ends a tour ends its access: at once, whatever else hangs, and for certain."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from sandbox.seam.model import AccessGrant
from tests.flow.seam import APARTMENT, CREATE, DELETE, FRONT, book, go_there, grants_of, live, serve_by_seam, type_at, visited_by
from tests.world import START, World, world
from vendor_app.domain.delivery.outbox import Lane
from vendor_app.usecases.deliver import deliver_due

LONG = 60.0
ANN = {"firstName": "Ann", "lastName": "Roe", "email": "ann@example.com", "phone": "2065554568"}


@pytest.fixture
def patient(database_url: str) -> Iterator[World]:
    """A world that waits long for its partners, so that a test decides when they answer."""
    with world(database_url, knock_timeout=timedelta(seconds=LONG)) as made:
        serve_by_seam(made)
        yield made


@contextmanager
def asking_for_access(there: World, has_come: Callable[[], object]) -> Iterator[None]:
    """The grant is under way in a thread of its own; the block begins once it has come so far, and ends with `clear`."""
    asking = threading.Thread(target=deliver_due, args=(there.via, Lane.ACCESS, there.clock))
    asking.start()
    try:
        waiting = threading.Event()
        assert any(has_come() or waiting.wait(0.02) for _ in range(4000)), "the lock system was never asked"
        yield
    finally:
        there.faults.clear()
        asking.join(LONG)
    assert not asking.is_alive()


def revoke(there: World) -> None:
    """What must open nothing is told."""
    deliver_due(there.via, Lane.REVOCATIONS, there.clock)


def nothing_opens(there: World, code: str) -> bool:
    """Neither a grant that stands nor a door for its code."""
    there.clock.now = START
    return live(there) == [] and not any(type_at(there, door, code) for door in (FRONT, APARTMENT))


# While the grant is under way


def test_a_cancellation_while_the_answer_hangs_is_revoked_before_it_comes_and_after(patient: World) -> None:
    patient.faults.set(CREATE, "hang", seconds=LONG)
    booked = book(patient)
    with asking_for_access(patient, lambda: live(patient)):
        (hanging,) = live(patient)
        assert patient.act(booked, "cancel").status_code == 200
        revoke(patient)
        assert live(patient) == []  # though the answer is not here
    patient.jobs()
    patient.jobs()
    assert [name for name, _ in patient.sandbox.calls].count(DELETE) >= 2
    assert nothing_opens(patient, str(hanging.methods[0].code))
    assert "access.ready" not in patient.story(booked["tourId"])


def test_a_request_that_never_arrives_leaves_nothing_behind(patient: World) -> None:
    patient.faults.set(CREATE, "hang_before", seconds=LONG)
    booked = book(patient)
    with asking_for_access(patient, lambda: not patient.faults.armed()):
        assert patient.act(booked, "cancel").status_code == 200
        revoke(patient)
    patient.jobs()
    assert grants_of(patient, booked)[0].revoked_at is None  # it may still be acted on
    patient.converge(hours=0.2)
    assert patient.sandbox.seam.grants == {}
    assert [(one.state, one.revoked_at is None) for one in grants_of(patient, booked)] == [("closed", False)]


def test_a_request_that_arrives_after_its_revocation_is_revoked_when_its_answer_comes(
    patient: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seam, come, go_on = patient.sandbox.seam, threading.Event(), threading.Event()
    create = seam.create

    def create_late(asked: Any) -> AccessGrant:
        come.set()
        assert go_on.wait(LONG)
        return create(asked)

    monkeypatch.setattr(seam, "create", create_late)
    booked = book(patient)
    with asking_for_access(patient, come.is_set):
        assert patient.act(booked, "cancel").status_code == 200
        revoke(patient)
        assert grants_of(patient, booked)[0].revoke_sent_at is not None
        go_on.set()
    (late,) = live(patient)

    revoke(patient)

    assert nothing_opens(patient, str(late.methods[0].code))


def test_a_grant_of_another_tour_that_hangs_does_not_delay_a_revocation(patient: World) -> None:
    first = book(patient)
    patient.jobs()
    (granted,) = live(patient)
    patient.faults.set(CREATE, "hang", seconds=LONG)
    book(patient, key="key-2", start=START + timedelta(hours=1), profile=ANN)
    with asking_for_access(patient, lambda: len(live(patient)) == 2):
        patient.act(first, "cancel")
        revoke(patient)
        assert granted.deleted
        assert len(live(patient)) == 1


def test_a_code_that_is_issued_after_the_cancellation_is_not_kept(the_world: World) -> None:
    serve_by_seam(the_world)
    the_world.sandbox.seam.issues_later, the_world.sandbox.seam.callbacks_paused = True, True
    booked = book(the_world)
    the_world.jobs()
    the_world.sandbox.seam.issue(live(the_world)[0].access_grant_id)
    the_world.act(booked, "cancel")
    the_world.sandbox.seam.callbacks_paused = False
    the_world.jobs()
    (grant,) = grants_of(the_world, booked)
    assert (grant.state, grant.sealed_code, live(the_world)) == ("closed", None, [])


# What ends it


def cancels(there: World, booked: dict[str, Any]) -> None:
    there.act(booked, "cancel")


def does_not_come(there: World, booked: dict[str, Any]) -> None:
    there.clock.now = there.tour(booked).closes_at + timedelta(minutes=1)


def ends(there: World, booked: dict[str, Any]) -> None:
    assert type_at(there, FRONT, go_there(there, booked)["code"])
    there.jobs()
    assert there.act(booked, "finish").status_code == 200


def is_called_off_in_knock(there: World, booked: dict[str, Any]) -> None:
    there.sandbox.agent.cancel(booked["appointmentId"])


@pytest.mark.parametrize("how", [cancels, does_not_come, ends, is_called_off_in_knock])
def test_however_a_tour_ends_its_access_does(the_world: World, how: Callable[[World, dict[str, Any]], None]) -> None:
    serve_by_seam(the_world)
    booked = book(the_world)
    the_world.jobs()
    (grant,) = live(the_world)

    how(the_world, booked)
    the_world.jobs()
    the_world.jobs()

    assert grant.deleted
    (asked,) = grants_of(the_world, booked)
    assert asked.revoked_at is not None
    assert asked.sealed_code is None


def test_a_booking_that_takes_the_place_of_another_ends_its_access(the_world: World) -> None:
    serve_by_seam(the_world)
    first = book(the_world)
    the_world.jobs()
    book(the_world, key="key-2", start=START + timedelta(hours=1))
    the_world.jobs()
    assert [one.revoked_at is not None for one in grants_of(the_world, first)] == [True]
    assert len(live(the_world)) == 1


def test_a_move_ends_the_access_of_the_old_window_and_asks_for_the_new(the_world: World) -> None:
    serve_by_seam(the_world)
    booked = book(the_world)
    the_world.jobs()
    (old,) = live(the_world)
    assert the_world.move(booked, START + timedelta(hours=1)).status_code in (200, 202)
    for _ in range(3):
        the_world.jobs()
    (new,) = live(the_world)
    assert old.deleted
    assert (new.starts_at, new.ends_at) == (the_world.tour(booked).opens_at, the_world.tour(booked).closes_at)


# Measured, and retried


def test_from_the_cancellation_to_the_revocation_is_measured(the_world: World) -> None:
    serve_by_seam(the_world)
    booked = book(the_world)
    the_world.jobs()
    the_world.act(booked, "cancel")
    the_world.clock.move(seconds=7)
    revoke(the_world)
    told = the_world.get("/metrics").text
    assert "vendor_revocation_seconds_max 7.0" in told
    assert "vendor_revocations_unconfirmed 0.0" in told


@pytest.mark.parametrize("fault", ["500", "500_after", "429", "hang", "hang_before", "drop_before", "drop_after", "garbage"])
def test_a_revocation_is_sent_until_it_is_confirmed(the_world: World, fault: str) -> None:
    serve_by_seam(the_world)
    booked = book(the_world)
    the_world.jobs()
    the_world.faults.set(DELETE, fault, times=2, seconds=2)
    the_world.act(booked, "cancel")
    revoke(the_world)
    assert "vendor_revocations_unconfirmed 1.0" in the_world.get("/metrics").text

    the_world.converge(hours=0.5)

    assert live(the_world) == []
    assert "vendor_revocations_unconfirmed 0.0" in the_world.get("/metrics").text


def test_a_grant_whose_answer_was_lost_is_found_by_our_own_id_and_revoked(the_world: World) -> None:
    serve_by_seam(the_world)
    the_world.faults.set(CREATE, "drop_after")
    booked = book(the_world)
    deliver_due(the_world.via, Lane.ACCESS, the_world.clock)
    assert (len(live(the_world)), grants_of(the_world, booked)[0].reference) == (1, None)
    the_world.act(booked, "cancel")
    revoke(the_world)
    assert live(the_world) == []
    assert visited_by(the_world, booked) is None


def test_a_repeated_request_makes_no_second_grant(the_world: World) -> None:
    serve_by_seam(the_world)
    the_world.faults.set(CREATE, "drop_after")
    booked = book(the_world)
    the_world.jobs()
    the_world.clock.move(minutes=1)
    the_world.jobs()
    assert len(the_world.sandbox.seam.grants) == 1
    assert [one.state for one in grants_of(the_world, booked)] == ["ready"]


def test_a_grant_that_was_never_asked_for_is_not_revoked(the_world: World) -> None:
    booked = the_world.book().json()
    assert the_world.act(booked, "cancel").status_code == 200
    the_world.jobs()
    assert [name for name, _ in the_world.sandbox.calls if name.startswith("POST /lock")] == []
    with the_world.via.db.read() as db:
        assert (db.grants.count_unrevoked(), db.outbox_reports.pending_messages_of(booked["tourId"])) == (0, [])
