"""`/healthz`, `/readyz`, `/metrics`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.web.api import BOOKING, SAM
from tests.world import COMMUNITY, World, world
from vendor_app.usecases.operators.heartbeat import HeartbeatWriter


def metrics(the_world: World) -> dict[str, float]:
    """The samples, labels joined to the name."""
    families = text_string_to_metric_families(the_world.get("/metrics").text)
    return {"/".join([one.name, *one.labels.values()]): one.value for family in families for one in family.samples}


def database(the_world: World) -> Path:
    """Its file."""
    return Path(the_world.config.database_url.removeprefix("sqlite:///"))


def forget(path: Path) -> None:
    """Remove the database, log and all."""
    for one in path.parent.glob(f"{path.name}*"):
        one.unlink()


def is_a_directory(path: Path) -> None:
    """Something else stands there."""
    forget(path)
    path.mkdir()


def is_empty(path: Path) -> None:
    """A disk was not mounted, or somebody cleaned up."""
    forget(path)


def is_garbage(path: Path) -> None:
    """A disk went bad."""
    forget(path)
    path.write_bytes(b"no database at all " * 1000)


@pytest.fixture
def file_world(tmp_path: Path) -> Iterator[World]:
    """A world whose database is a file that something can happen to."""
    with world(f"sqlite:///{tmp_path / 'vendor.db'}") as made:
        yield made


def test_the_process_says_that_it_answers(the_world: World) -> None:
    answer = the_world.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_the_process_says_that_it_is_ready(the_world: World) -> None:
    HeartbeatWriter.of_jobs(the_world.via).beat()
    HeartbeatWriter.of_web(the_world.via).beat()

    answer = the_world.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_knock_being_down_is_no_reason_not_to_be_ready(database_url: str) -> None:
    with world(database_url, knock_base_url="http://127.0.0.1:1/knock") as cut_off:
        assert cut_off.get("/readyz").status_code == 200


@pytest.mark.parametrize("happens", [is_a_directory, is_empty, is_garbage])
def test_with_a_database_that_cannot_be_used_it_is_not_ready(file_world: World, happens: Callable[[Path], None]) -> None:
    happens(database(file_world))

    answer = file_world.get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")


@pytest.mark.parametrize("happens", [is_a_directory, is_garbage])
def test_with_a_database_that_cannot_be_used_the_process_still_answers(
    file_world: World, happens: Callable[[Path], None]
) -> None:
    happens(database(file_world))

    assert file_world.get("/healthz").status_code == 200


@pytest.mark.parametrize("happens", [is_a_directory, is_garbage])
def test_with_a_database_that_cannot_be_used_a_visitor_gets_a_page_and_a_program_a_problem(
    file_world: World, happens: Callable[[Path], None]
) -> None:
    happens(database(file_world))

    page, times = file_world.get("/book/x"), file_world.get("/api/v1/communities/x/times")

    assert page.status_code in (500, 503)
    assert page.headers["Content-Type"].startswith("text/html")
    assert times.status_code in (500, 503)
    assert times.headers["Content-Type"] == "application/problem+json"


def test_metrics_of_an_empty_system_are_zero(the_world: World) -> None:
    said = metrics(the_world)

    assert said["vendor_tours/confirmed"] == 0
    assert said["vendor_outbox_oldest_due_seconds"] == 0
    assert the_world.get("/metrics").headers["Content-Type"].startswith("text/plain")


def test_metrics_count_tours_by_status(the_world: World) -> None:
    first = the_world.book().json()
    the_world.act(first, "cancel")
    the_world.faults.set(BOOKING, "500")
    the_world.book("key-2", profile=SAM)

    said = metrics(the_world)

    assert (said["vendor_tours/cancelled"], said["vendor_tours/requested"], said["vendor_tours/confirmed"]) == (1, 1, 0)


def test_metrics_tell_what_is_owed_and_for_how_long(the_world: World) -> None:
    the_world.book()
    the_world.clock.move(minutes=2)

    said = metrics(the_world)

    assert said["vendor_outbox_messages/grant_access/pending"] == 1
    assert said["vendor_outbox_oldest_due_seconds"] == 120


def test_metrics_tell_what_was_given_up(the_world: World) -> None:
    booked = the_world.book().json()
    the_world.jobs()
    the_world.clock.move(minutes=25)
    the_world.lock.type_code(COMMUNITY, "Front entrance", the_world.act(booked, "check-in").json()["code"])
    the_world.jobs()
    the_world.act(booked, "finish")
    the_world.knock.appointments.clear()  # so that Knock refuses the visit
    for _ in range(8):
        the_world.clock.move(minutes=6)
        the_world.jobs()

    assert metrics(the_world)["vendor_outbox_messages/post_visit/dead"] == 1
