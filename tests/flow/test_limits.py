"""What can be tried again and again is counted in the database: for all processes together, and for each client apart."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from tests.world import START, World
from vendor_app.app import create_app
from vendor_app.store import attempts, verifications
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.errors import InvalidField, TooManyAttempts
from vendor_app.usecases.limits import CODES, WRONG_TOKENS, Limit, count, refuse_if_over
from vendor_app.usecases.tidy import tidy
from vendor_app.usecases.verify_contact import answer_code, send_code

FEW = Limit("tests", 3, timedelta(minutes=10), "Too many.")


@contextmanager
def another_process(the_world: World) -> Iterator[Collaborators]:
    """What another process of the product works with: the same database, nothing else shared."""
    via = Collaborators.connect(the_world.config)
    try:
        yield via
    finally:
        via.db.close()


class Clients:
    """Browsers and programs at two instances of the application on the world's database."""

    def __init__(self, the_world: World) -> None:
        self.world = the_world
        self._apps = [create_app(the_world.config, the_world.clock) for _ in range(2)]

    def close(self) -> None:
        """End the instances."""
        for app in self._apps:
            app.extensions["vendor_app"].via.db.close()

    def _at(self, number: int) -> FlaskClient:
        return self._apps[number % 2].test_client()

    def page(self, token: str, address: str = "198.51.100.1", at: int = 0) -> Any:
        """GET a tour's page."""
        return self._at(at).get(f"/tour/{token}", environ_base={"REMOTE_ADDR": address})

    def api(self, tour_id: str, token: str, address: str = "198.51.100.1", at: int = 0) -> Any:
        """GET a tour through the API."""
        headers = {"Authorization": f"Bearer {token}"}
        return self._at(at).get(f"/api/v1/tours/{tour_id}", headers=headers, environ_base={"REMOTE_ADDR": address})

    def guess(self, times: int, address: str = "198.51.100.1") -> list[int]:
        """Try wrong tokens, pages and API and both instances in turn."""
        answers = []
        for number in range(times):
            page = number % 4 < 2
            tried = self.page("wrong", address, number) if page else self.api("tour_none", "wrong", address, number)
            answers.append(tried.status_code)
        return answers


@pytest.fixture
def clients(the_world: World) -> Iterator[Clients]:
    made = Clients(the_world)
    yield made
    made.close()


# Wrong tokens


def test_thirty_wrong_tokens_within_ten_minutes_are_enough_at_all_instances_together(clients: Clients) -> None:
    booked = clients.world.book().json()

    assert set(clients.guess(30)) == {401, 404}
    page, program = clients.page("wrong"), clients.api("tour_none", "wrong", at=1)
    right = clients.api(booked["tourId"], booked["tourToken"], at=1)

    assert (page.status_code, program.status_code, right.status_code) == (429, 429, 429)
    assert [one.headers["Retry-After"] for one in (page, program, right)] == ["600"] * 3
    assert program.json["type"] == "too-many-attempts"
    assert page.content_type.startswith("text/html")


def test_the_right_token_of_another_client_is_not_held_up(clients: Clients) -> None:
    booked = clients.world.book().json()
    clients.guess(35)

    assert clients.page(booked["tourToken"], "198.51.100.2").status_code == 200
    assert clients.api(booked["tourId"], booked["tourToken"], "198.51.100.2").status_code == 200


def test_right_tokens_are_not_counted(clients: Clients) -> None:
    booked = clients.world.book().json()

    assert {clients.page(booked["tourToken"], at=number).status_code for number in range(40)} == {200}


def test_a_right_token_at_a_wrong_tours_address_counts_as_wrong(clients: Clients) -> None:
    booked = clients.world.book().json()
    answers = [clients.api("tour_of_somebody_else", booked["tourToken"]).status_code for _ in range(31)]

    assert answers == [401] * 30 + [429]


def test_after_ten_minutes_tokens_are_looked_at_again(clients: Clients) -> None:
    clients.guess(30)
    clients.world.clock.move(minutes=4)
    refused = clients.page("wrong")
    clients.world.clock.move(minutes=6)

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "360")
    assert clients.page("wrong").status_code == 404


def test_guesses_made_at_once_are_all_counted(the_world: World) -> None:
    addresses = [f"{the_world.url}/tour/wrong"] * 40
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda address: requests.get(address, timeout=60).status_code, addresses))

    assert (answers.count(404), answers.count(429)) == (30, 10)


def test_who_guesses_is_stored_as_nothing_that_can_be_read(clients: Clients) -> None:
    clients.guess(1)

    with clients.world.via.db.read() as db:
        (row,) = db.query("SELECT bucket FROM attempts")
    assert row["bucket"].startswith(f"{WRONG_TOKENS.named}:")
    assert "198.51" not in row["bucket"]


# Check-ins


def test_check_ins_of_a_tour_are_limited_and_one_tour_does_not_hold_up_another(the_world: World) -> None:
    booked = the_world.book().json()
    sam = {"firstName": "Sam", "lastName": "Poe", "email": "sam@example.com"}
    other = the_world.book("key-2", START + timedelta(hours=1), sam).json()
    the_world.jobs()
    the_world.clock.move(minutes=25)

    answers = [the_world.act(booked, "check-in") for _ in range(31)]

    assert [one.status_code for one in answers] == [200] * 30 + [429]
    assert int(answers[-1].headers["Retry-After"]) == 600
    assert the_world.act(booked).status_code == 200
    assert the_world.act(other, "check-in").status_code == 409


# One-time codes


def test_codes_are_sent_again_five_times_an_hour_by_all_processes_together(the_world: World) -> None:
    the_world.rules(require_verified="email")
    booked = the_world.book(start=START + timedelta(days=1)).json()
    with another_process(the_world) as other:
        for via in (the_world.via, other, the_world.via, other, the_world.via):
            send_code(via, booked["tourToken"], the_world.clock())
        for via in (the_world.via, other):
            with pytest.raises(TooManyAttempts) as raised:
                send_code(via, booked["tourToken"], the_world.clock())
            assert raised.value.retry_after == CODES.within
        the_world.clock.move(hours=1)
        send_code(other, booked["tourToken"], the_world.clock())


def test_two_processes_count_the_tries_of_a_code_together(the_world: World) -> None:
    the_world.rules(require_verified="email")
    booked = the_world.book().json()
    the_world.jobs()
    (mail,) = the_world.sandbox.post_office.mails
    right = mail.text[:6]
    wrong = f"{(int(right) + 1) % 10**6:06}"
    with another_process(the_world) as other, ThreadPoolExecutor(6) as pool:

        def guess(number: int) -> str:
            with pytest.raises(InvalidField) as raised:
                answer_code((the_world.via, other)[number % 2], booked["tourToken"], wrong, the_world.clock())
            return raised.value.field

        assert set(pool.map(guess, range(12))) == {"code"}
        with pytest.raises(InvalidField):
            answer_code(other, booked["tourToken"], right, the_world.clock())

    with the_world.via.db.read() as db:
        challenge = verifications.find_challenge(db, booked["tourId"])
    assert challenge is not None
    assert (challenge.tries, challenge.passed_at) == (5, None)


# Counting itself


def test_what_is_refused_is_not_counted_so_that_waiting_ends(the_world: World) -> None:
    now = the_world.clock()
    for _ in range(3):
        with the_world.via.db.transaction() as tx:
            count(tx, FEW, "somebody", now)
    for minutes in range(10):
        with the_world.via.db.transaction() as tx, pytest.raises(TooManyAttempts):
            count(tx, FEW, "somebody", now + timedelta(minutes=minutes))

    with the_world.via.db.transaction() as tx:
        count(tx, FEW, "somebody", now + timedelta(minutes=10))


def test_one_may_try_again_when_the_oldest_try_that_counts_is_old_enough(the_world: World) -> None:
    now = the_world.clock()
    for minutes in (0, 2, 5):
        with the_world.via.db.transaction() as tx:
            count(tx, FEW, "somebody", now + timedelta(minutes=minutes))

    with the_world.via.db.read() as db, pytest.raises(TooManyAttempts) as raised:
        refuse_if_over(db, FEW, "somebody", now + timedelta(minutes=6))
    assert raised.value.retry_after == timedelta(minutes=4)


def test_tries_that_no_limit_looks_at_any_more_are_dropped(the_world: World) -> None:
    now = the_world.clock()
    with the_world.via.db.transaction() as tx:
        attempts.note_attempt(tx, "tests:old", now - timedelta(days=2))
        attempts.note_attempt(tx, "tests:new", now - timedelta(hours=1))

    assert tidy(the_world.via, now).attempts == 1
    with the_world.via.db.read() as db:
        assert attempts.attempts_since(db, "tests:new", now - timedelta(days=3)) == [now - timedelta(hours=1)]
