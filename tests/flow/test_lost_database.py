"""The database goes away: before the start, between requests, in the middle of a transaction."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.flow.story import assert_one_visit, book_until_confirmed, live_the_story
from tests.postgres import in_database
from tests.world import World, world
from vendor_app.store.errors import StoreUnavailable
from vendor_app.store.store import open_store
from vendor_app.store.tours import Tours
from vendor_app.usecases.visit.close_tours import close_tours

NOWHERE = "postgresql://127.0.0.1:1/vendor"


@pytest.fixture
def on_postgres(postgres: str) -> Iterator[World]:
    """A world on a database of its own, whose connections can be cut."""
    from tests.postgres import new_database

    with new_database(postgres) as url, world(url) as made:
        yield made


def cut_all(the_world: World, server_url: str) -> None:
    """What a server restart or a failover does to the connections that are open."""
    name = the_world.config.database_url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


def test_after_all_connections_were_cut_the_next_request_works(on_postgres: World, postgres: str) -> None:
    booked = book_until_confirmed(on_postgres)
    for _ in range(3):
        cut_all(on_postgres, postgres)
        assert on_postgres.act(booked).status_code == 200


def test_a_story_whose_connections_are_cut_again_and_again_still_ends_in_one_visit(on_postgres: World, postgres: str) -> None:
    booked = book_until_confirmed(on_postgres)
    cut_all(on_postgres, postgres)
    live_the_story(on_postgres, booked)
    cut_all(on_postgres, postgres)
    on_postgres.converge(hours=0.5)
    cut_all(on_postgres, postgres)
    on_postgres.converge(hours=0.5)
    assert_one_visit(on_postgres, booked)


def test_a_backend_killed_in_the_middle_of_a_transaction_undoes_it_and_says_so(on_postgres: World, postgres: str) -> None:
    booked = book_until_confirmed(on_postgres)
    with pytest.raises(StoreUnavailable), on_postgres.via.db.transaction() as tx:
        tour = tx.tours.lock(booked["tourId"])
        assert tour is not None
        cut_all(on_postgres, postgres)
        tx.tours.save(tour)
    assert on_postgres.act(booked).json()["status"] == "confirmed"


def test_a_booking_cut_off_in_its_first_transaction_books_nothing_and_can_be_repeated(
    on_postgres: World, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = Tours.insert

    def cut_off(of: Tours, tour: Any) -> None:
        insert(of, tour)
        monkeypatch.undo()
        cut_all(on_postgres, postgres)

    monkeypatch.setattr(Tours, "insert", cut_off)
    assert on_postgres.book().status_code == 503
    assert (on_postgres.tours(), on_postgres.standing()) == ([], [])
    assert on_postgres.book().status_code == 201


def test_a_booking_cut_off_after_knock_has_booked_is_settled_without_a_second_appointment(
    on_postgres: World, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vendor_app.usecases.tour import transitions

    confirm_tour = transitions.confirm_tour

    def cut_off(tx: Any, *rest: Any) -> Any:
        monkeypatch.undo()
        cut_all(on_postgres, postgres)
        return confirm_tour(tx, *rest)

    monkeypatch.setattr(transitions, "confirm_tour", cut_off)
    assert on_postgres.book().status_code == 503
    on_postgres.clock.move(seconds=61)
    on_postgres.jobs()
    (appointment,) = on_postgres.standing()
    (tour,) = on_postgres.tours()
    assert (tour.status, tour.appointment_id) == ("confirmed", appointment.appointment_id)
    again = on_postgres.book()
    assert (again.status_code, again.json()["tourId"]) == (201, tour.tour_id)


def test_jobs_that_find_no_database_fail_as_expected_and_work_again(on_postgres: World, postgres: str) -> None:
    booked = book_until_confirmed(on_postgres)
    on_postgres.clock.move(hours=2)
    name = on_postgres.config.database_url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    cut_all(on_postgres, postgres)
    try:
        with pytest.raises(StoreUnavailable):
            close_tours(on_postgres.via, on_postgres.clock())
        assert on_postgres.get("/readyz").status_code == 503
        assert on_postgres.get("/healthz").status_code == 200
        assert on_postgres.act(booked).status_code == 503
    finally:
        with psycopg.connect(postgres, autocommit=True) as admin:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    on_postgres.jobs()
    assert on_postgres.act(booked).json()["status"] == "no_show"


def test_the_web_starts_while_the_database_is_still_coming_up_and_says_so(postgres: str) -> None:
    """The database is made only after the start."""
    name = f"late_{threading.get_native_id()}"
    url = in_database(postgres, name)
    with world(url) as early:
        answer = early.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
        assert early.get("/healthz").status_code == 200
        with psycopg.connect(postgres, autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}"')
        migrated = next(one for one in threading.enumerate() if one.name == "migrate")
        migrated.join(timeout=30)
        assert early.get("/readyz").json()["status"] == "degraded"  # no jobs run beside it
        assert early.book().status_code == 201
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_server_that_is_not_there_is_unavailable_and_its_password_is_not_told(tmp_path: Path) -> None:
    nowhere = open_store(NOWHERE.replace("//", "//vendor:secret@"))
    with pytest.raises(StoreUnavailable) as caught, nowhere.read() as db:
        db.connection.query("SELECT 1")
    assert "secret" not in str(caught.value)
    nowhere.close()
