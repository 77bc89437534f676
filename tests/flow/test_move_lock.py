"""A lock system is found at another address: only while nothing there may open a door, and nothing else may move."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flow.story import book_until_confirmed
from tests.launch.house import House, settings
from tests.world import World, world
from vendor_app.clients.errors import Refused
from vendor_app.clients.locks.http_lock import HttpLock
from vendor_app.domain.partners.known import Partner
from vendor_app.store.partners import remembered_partners
from vendor_app.usecases.errors import NotNow
from vendor_app.usecases.operators.move_lock import move_lock
from vendor_app.usecases.operators.operate import finish_task, list_tasks

ELSEWHERE = "http://127.0.0.1:9/lock"


def lock_address(the_world: World, lock: Partner = Partner.HTTP) -> str:
    with the_world.via.db.read() as db:
        return remembered_partners(db.connection)[lock]


def refusal(the_world: World, lock: Partner = Partner.HTTP, to: str = ELSEWHERE) -> str:
    """Why it is not moved; and it is not."""
    with the_world.via.db.read() as db:
        before = remembered_partners(db.connection)
    with pytest.raises(NotNow) as refused:
        move_lock(the_world.via, lock, to)
    with the_world.via.db.read() as db:
        assert remembered_partners(db.connection) == before
    return str(refused.value)


@pytest.fixture
def booked(the_world: World) -> dict[str, Any]:
    """A tour whose code is ready."""
    made = book_until_confirmed(the_world)
    the_world.jobs()
    return made


def test_a_lock_system_without_grants_moves(the_world: World) -> None:
    before = lock_address(the_world)
    assert move_lock(the_world.via, Partner.HTTP, "HTTP://127.0.0.1:9/lock/?x") == (before, ELSEWHERE)
    assert lock_address(the_world) == ELSEWHERE


def test_one_with_a_live_grant_stays(the_world: World, booked: dict[str, Any]) -> None:
    assert "live or not known to be revoked: grant_" in refusal(the_world)


def test_one_with_a_grant_that_is_only_asked_for_stays(the_world: World) -> None:
    book_until_confirmed(the_world)  # no job has run
    assert "grant_" in refusal(the_world)


def test_one_with_a_grant_that_is_closed_and_not_yet_revoked_stays(the_world: World, booked: dict[str, Any]) -> None:
    the_world.act(booked, "cancel")
    assert "grant_" in refusal(the_world)


def test_one_whose_grants_are_all_revoked_moves(the_world: World, booked: dict[str, Any]) -> None:
    the_world.act(booked, "cancel")
    the_world.jobs()
    assert the_world.live_grants() == []
    move_lock(the_world.via, Partner.HTTP, ELSEWHERE)
    assert lock_address(the_world) == ELSEWHERE


def test_a_grant_that_was_revoked_by_hand_holds_up_nothing(
    the_world: World, booked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise Refused("POST /lock", "never", 422)

    monkeypatch.setattr(HttpLock, "revoke", refuse)
    the_world.act(booked, "cancel")
    for _ in range(8):
        the_world.jobs()
        the_world.clock.move(minutes=1)
    (task,) = list_tasks(the_world.via)
    assert "make tasks" in refusal(the_world)
    finish_task(the_world.via, task.id, the_world.clock())
    move_lock(the_world.via, Partner.HTTP, ELSEWHERE)


def test_the_other_lock_systems_grants_do_not_matter(the_world: World, booked: dict[str, Any]) -> None:
    move_lock(the_world.via, Partner.SEAM, "http://127.0.0.1:9/seam")
    assert lock_address(the_world, Partner.SEAM) == "http://127.0.0.1:9/seam"


@pytest.mark.parametrize("to", ["https://locks.example", "https://10.0.0.1/lock"])
def test_a_sandboxs_lock_system_never_becomes_a_real_one(the_world: World, to: str) -> None:
    assert "stays a sandbox's" in refusal(the_world, to=to)


@pytest.fixture
def real(database_url: str) -> Iterator[World]:
    """A world that says that its lock system is elsewhere."""
    with world(database_url, access_url="https://locks.example") as made:
        yield made


@pytest.mark.parametrize("to", ["http://127.0.0.1:8001/lock", "http://localhost/lock", "http://[::1]:1"])
def test_a_real_one_never_becomes_a_sandboxs(real: World, to: str) -> None:
    assert "stays a sandbox's" in refusal(real, to=to)


def test_a_real_one_moves_to_another_real_address(real: World) -> None:
    assert move_lock(real.via, Partner.HTTP, "https://new.locks.example/") == (
        "https://locks.example",
        "https://new.locks.example",
    )


@pytest.mark.parametrize("partner", [Partner.KNOCK, Partner.PROPEXO])
def test_knocks_and_propexos_addresses_stay(the_world: World, partner: Partner) -> None:
    assert "is no lock system" in refusal(the_world, partner)


@pytest.mark.parametrize("to", ["", "locks.example", "ftp://locks.example", "http://locks.example"])
def test_an_address_that_would_be_refused_in_the_settings_is_refused(real: World, to: str) -> None:
    assert "the new address must be " in refusal(real, to=to)


def test_a_lock_system_that_the_database_does_not_know_is_not_moved(database_url: str) -> None:
    with world(database_url, seam_key="") as without:
        assert "VENDOR_SEAM_BASE_URL" in refusal(without, Partner.SEAM)


# The command


@pytest.fixture
def moved(house: House, new_database_url: str) -> dict[str, str]:
    """The settings of a product whose lock system was at one address, and is at another."""
    before = settings(ACCESS_URL="https://locks.example", DATABASE_URL=new_database_url)
    assert house.run("vendor_app", "migrate", **before).returncode == 0
    return {**before, "VENDOR_ACCESS_URL": "https://new.example/"}


def test_the_command_moves_it_whichever_address_the_settings_say(house: House, moved: dict[str, str]) -> None:
    refused = house.run("vendor_app", "tours", **moved)
    assert (refused.returncode, "make move-lock" in refused.stderr) == (2, True)

    for address in ("https://locks.example", "https://new.example"):
        ran = house.run("vendor_app", "move-lock", "--to", "https://new.example", **{**moved, "VENDOR_ACCESS_URL": address})
        assert ran.returncode == 0, ran.stderr
        assert "VENDOR_ACCESS_URL" in ran.stdout
    assert house.run("vendor_app", "tours", **moved).returncode == 0


def test_the_command_still_asks_about_the_other_partners(house: House, moved: dict[str, str]) -> None:
    other = {**moved, "VENDOR_KNOCK_BASE_URL": "https://stage.example"}
    ran = house.run("vendor_app", "move-lock", "--to", "https://new.example", **other)
    assert (ran.returncode, "https://knock.example" in ran.stderr) == (2, True)


@pytest.mark.parametrize("lock", ["knock", "propexo", "none"])
def test_the_command_moves_nothing_but_lock_systems(house: House, moved: dict[str, str], lock: str) -> None:
    ran = house.run("vendor_app", "move-lock", "--lock", lock, "--to", "https://new.example", **moved)
    assert ran.returncode == 2
    assert house.run("vendor_app", "tours", **moved).returncode == 2
