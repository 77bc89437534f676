"""Many at once, and killed in the middle."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import requests

from sandbox import serve
from tests.flow.story import assert_one_visit, book_until_confirmed, live_the_story
from tests.processes import Processes, free_port, sandbox_for, until
from tests.world import COMMUNITY, JANE, START, World, world
from vendor_app.clients.knock.records import BookedAppointment
from vendor_app.domain.delivery.outbox import Lane
from vendor_app.usecases.booking.take_knock_notices import act_on_knock_notices
from vendor_app.usecases.deliver import deliver_due
from vendor_app.usecases.tour import transitions


def somebody(number: int) -> dict[str, Any]:
    return {**JANE, "email": f"prospect{number}@example.com", "phone": f"206555{number:04}"}


def test_sixteen_bookings_of_the_last_place_at_once_make_exactly_one_tour(the_world: World) -> None:
    together = threading.Barrier(16)

    def book(number: int) -> int:
        together.wait()
        return the_world.book(key=f"key-{number}", profile=somebody(number)).status_code

    with ThreadPoolExecutor(16) as threads:
        codes = sorted(threads.map(book, range(16)))

    assert codes == [201] + [409] * 15
    assert [tour.status for tour in the_world.tours()] == ["confirmed"]
    assert len(the_world.standing()) == 1


def test_two_places_at_once_are_two_tours_and_not_three(database_url: str) -> None:
    with world(database_url, max_concurrent_tours=2) as roomy:
        with ThreadPoolExecutor(8) as threads:
            codes = list(threads.map(lambda n: roomy.book(key=f"key-{n}", profile=somebody(n)).status_code, range(8)))
        held = [tour for tour in roomy.tours() if tour.status in ("confirmed", "requested")]
        assert len(held) == codes.count(201) <= 2


def test_one_key_sent_sixteen_times_at_once_is_one_tour(the_world: World) -> None:
    together = threading.Barrier(16)

    def book(_: int) -> tuple[int, str]:
        together.wait()
        answer = the_world.book()
        return answer.status_code, answer.json()["tourId"]

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(book, range(16)))

    assert {code for code, _ in answers} <= {201, 202}
    assert len({tour_id for _, tour_id in answers}) == 1
    assert len(the_world.tours()) == len(the_world.knock.appointments) == 1


def test_many_visitors_at_once_ask_knock_for_times_once(the_world: World) -> None:
    the_world.get(f"/api/v1/communities/{COMMUNITY}/times")
    the_world.clock.move(minutes=1)
    the_world.sandbox.calls.clear()
    the_world.faults.set("GET /community/available-times", "hang", seconds=0.3)
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: the_world.get(f"/api/v1/communities/{COMMUNITY}/times"), range(16)))
    assert [answer.json()["stale"] for answer in answers] == [False] * 16
    assert [name for name, _ in the_world.sandbox.calls] == ["GET /community/available-times"]


def test_a_time_that_knock_has_opened_since_the_last_look_can_be_booked(the_world: World) -> None:
    the_world.knock.offer(COMMUNITY, [])
    assert the_world.get(f"/api/v1/communities/{COMMUNITY}/times").json()["times"] == []
    the_world.knock.offer(COMMUNITY, [START])
    assert the_world.book().status_code == 201


def test_jobs_run_by_many_workers_at_once_send_everything_once(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    live_the_story(the_world, booked)
    the_world.clock.move(minutes=3)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: the_world.jobs(), range(8)))
    the_world.converge(hours=0.5)
    assert_one_visit(the_world, booked)
    assert [name for name, _ in the_world.sandbox.calls].count("POST /visit") == 1


def wait_for_a_waiting_transaction(there: World) -> None:
    until(lambda: is_anybody_waiting(there), 60)


def is_anybody_waiting(there: World) -> bool:
    """SQLite has one writer at a time: there everybody waits anyway."""
    if not there.config.database_url.startswith("postgresql"):
        return True
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(there.config.database_url, autocommit=True) as watch:
        return watch.execute(waiting).fetchone() is not None


def test_an_outcome_waits_for_whoever_changes_the_tour(the_world: World) -> None:
    booked = book_until_confirmed(the_world)
    the_world.jobs()
    assert the_world.act(booked, "cancel").status_code == 200
    with ThreadPoolExecutor(1) as worker:
        with the_world.via.db.transaction() as tx:
            tour = tx.tours.lock(booked["tourId"])
            assert tour is not None
            cancelling = worker.submit(deliver_due, the_world.via, Lane.KNOCK, the_world.clock)
            wait_for_a_waiting_transaction(the_world)
            transitions.drop_appointment(tx, tour, str(tour.appointment_id), the_world.clock())
        assert cancelling.result().done == 1
    assert the_world.standing() == []


def test_a_notice_that_comes_while_its_appointment_is_taken_up_is_not_lost(the_world: World) -> None:
    """On PostgreSQL whoever acts on the notice does not see the appointment yet, nor whoever takes it up the notice."""
    the_world.faults.set("POST /appointment/request", "drop_after")
    booked = the_world.book().json()
    (appointment,) = the_world.standing()
    answer = BookedAppointment(appointment_id=appointment.appointment_id)
    the_world.sandbox.drain_notices()
    assert act_on_knock_notices(the_world.via, the_world.clock()).foreign == 1
    with ThreadPoolExecutor(1) as others, the_world.via.db.transaction() as tx:
        tour = tx.tours.lock(booked["tourId"])
        assert tour is not None
        transitions.confirm_tour(tx, tour, answer, the_world.config, the_world.clock())
        acting = others.submit(tell_of_cancellation_and_act, the_world, appointment.appointment_id)
        until(lambda: acting.done() or is_anybody_waiting(the_world), 60)
    acting.result(timeout=30)
    the_world.jobs()
    with the_world.via.db.read() as db:
        assert db.appointments.is_cancelled(appointment.appointment_id)


def tell_of_cancellation_and_act(there: World, appointment_id: str) -> None:
    there.sandbox.agent.cancel(appointment_id)
    there.sandbox.drain_notices()
    act_on_knock_notices(there.via, there.clock())


@pytest.mark.parametrize("effect", ["before", "after"])
def test_a_worker_killed_while_posting_a_visit_neither_loses_nor_doubles_it(
    the_world: World, effect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked = book_until_confirmed(the_world)
    live_the_story(the_world, booked)
    the_world.clock.move(minutes=3)
    post_visit = the_world.via.knock.post_visit

    def killed(**visit: Any) -> str:
        if effect == "after":
            post_visit(**visit)
        raise KeyboardInterrupt  # like a kill, it leaves the rows as they are

    monkeypatch.setattr(the_world.via.knock, "post_visit", killed)
    with pytest.raises(KeyboardInterrupt):
        the_world.jobs()
    monkeypatch.undo()

    the_world.converge(hours=1)
    assert_one_visit(the_world, booked)


@pytest.mark.parametrize("fault", ["hang", "hang_before"])
def test_kill_9_of_the_web_process_in_the_middle_of_a_booking_leaves_one_tour_and_one_appointment(
    database_url: str, fault: str
) -> None:
    port = free_port()
    sandbox = sandbox_for(port)
    with serve(sandbox, "127.0.0.1", 0) as partners:
        product = Processes(database_url, partners.url, port)
        product.start()
        try:
            start = requests.get(f"{product.url}/api/v1/communities/{COMMUNITY}/times", timeout=90).json()["times"][3][
                "startTime"
            ]
            body = {"communityId": COMMUNITY, "startTime": start, "profile": JANE, "sourceTitle": "Zillow"}
            request: dict[str, Any] = {"json": body, "headers": {"Idempotency-Key": "key-1"}}
            sandbox.faults.set("POST /appointment/request", fault, seconds=60)
            with ThreadPoolExecutor(1) as client:
                cut_off = client.submit(requests.post, f"{product.url}/api/v1/tours", **request, timeout=60)
                until(lambda: "POST /appointment/request" in [name for name, _ in sandbox.calls])
                product.kill()
                assert isinstance(cut_off.exception(), requests.ConnectionError)
            sandbox.faults.clear()

            product.start()
            again = requests.post(f"{product.url}/api/v1/tours", **request, timeout=90)
            assert again.status_code in (201, 202)
            headers = {"Authorization": f"Bearer {again.json()['tourToken']}"}
            address = f"{product.url}/api/v1/tours/{again.json()['tourId']}"

            def confirmed() -> bool:
                product.jobs_once()
                return bool(requests.get(address, headers=headers, timeout=90).json()["status"] == "confirmed")

            until(confirmed)
            tour = requests.get(address, headers=headers, timeout=90).json()
            standing = [one for one in sandbox.knock.appointments.values() if one.status.value == "CONFIRMED"]
            assert [one.appointment_id for one in standing] == [tour["appointmentId"]]
            product.jobs_once()
            assert len([grant for grant in sandbox.lock.grants.values() if not grant.revoked]) == 1
        finally:
            product.kill()
