"""What can be tried again and again is counted in the database: for all processes together, and for each client apart."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from tests.world import COMMUNITY, JANE, START, World, world
from vendor_app.app import create_app
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.doors.verify_contact import request_code, verify_code
from vendor_app.usecases.errors import InvalidField, TooManyAttempts
from vendor_app.usecases.operators.tidy import tidy
from vendor_app.usecases.tour.limits import CODES, WRONG_TOKENS, Limit, count_attempt, refuse_if_over

FEW = Limit("tests", 3, timedelta(minutes=10), "Too many.")


@contextmanager
def another_process(the_world: World) -> Iterator[Collaborators]:
    """What another process of the product works with: the same database, nothing else shared."""
    with closing(Collaborators.connect(the_world.config, the_world.clock)) as via:
        yield via


class Clients:
    """Browsers and programs at two instances of the application on the world's database."""

    def __init__(self, the_world: World) -> None:
        self.world = the_world
        self._apps = [create_app(the_world.config, the_world.clock) for _ in range(2)]

    def close(self) -> None:
        """End the instances."""
        for app in self._apps:
            app.extensions["vendor_app"].via.close()

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


def test_thirty_wrong_tokens_in_ten_minutes_are_enough_everywhere(clients: Clients) -> None:
    assert set(clients.guess(30)) == {401, 404}
    page, program = clients.page("wrong"), clients.api("tour_none", "wrong", at=1)

    assert (page.status_code, program.status_code) == (429, 429)
    assert [one.headers["Retry-After"] for one in (page, program)] == ["600"] * 2
    assert program.json["type"] == "too-many-attempts"
    assert page.content_type.startswith("text/html")


def test_a_right_token_passes_behind_an_address_that_guesses(clients: Clients) -> None:
    booked = clients.world.book().json()
    clients.guess(35)

    assert clients.page("wrong").status_code == 429
    assert clients.page(booked["tourToken"]).status_code == 200
    assert clients.api(booked["tourId"], booked["tourToken"], at=1).status_code == 200


def test_another_client_has_tries_of_its_own(clients: Clients) -> None:
    clients.guess(35)

    assert clients.page("wrong", "198.51.100.2").status_code == 404


def test_addresses_of_one_ipv6_site_are_one_client(clients: Clients) -> None:
    for number in range(30):
        clients.page("wrong", f"2001:db8:0:1::{number:x}")
    answers = [clients.page("wrong", address).status_code for address in ("2001:DB8::1:ffff:0:0:1", "2001:db8:0:2::1")]

    assert answers == [429, 404]


def test_an_ipv4_client_has_one_spelling(clients: Clients) -> None:
    clients.guess(30, "::ffff:198.51.100.9")

    assert clients.page("wrong", "198.51.100.9").status_code == 429


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
        (row,) = db.connection.query("SELECT bucket FROM attempts")
    assert row["bucket"].startswith(f"{WRONG_TOKENS.name}:")
    assert "198.51" not in row["bucket"]


# Bookings that are refused, arrivals, moves, mails


def test_bookings_that_are_refused_count_and_ask_knock_no_more(the_world: World) -> None:
    taken = START + timedelta(days=300)
    answers = [the_world.book(f"key-{number}", taken) for number in range(the_world.config.bookings_per_hour + 20)]
    asked_at = len(the_world.sandbox.calls)

    assert [one.status_code for one in answers].count(409) == the_world.config.bookings_per_hour
    assert {one.status_code for one in answers[-20:]} == {429}
    assert answers[-1].json()["type"] == "too-many-bookings"
    assert the_world.book("key-more", taken).status_code == 429
    assert len(the_world.sandbox.calls) == asked_at
    the_world.clock.move(hours=1)
    assert the_world.book("key-later", taken).status_code == 409


def test_what_one_client_brings_about_does_not_stop_another(the_world: World) -> None:
    proxied = create_app(replace(the_world.config, trusted_proxies=1), the_world.clock)
    link = f"/doorway/{COMMUNITY}?utm_knock_source_title=Zillow"
    with closing(proxied.extensions["vendor_app"].via):
        browser = proxied.test_client()

        def arrive(address: str) -> int:
            return browser.get(link, headers={"X-Forwarded-For": address}).status_code

        assert [arrive("198.51.100.1") for _ in range(301)] == [302] * 300 + [429]
        assert arrive("198.51.100.2") == 302
    with the_world.via.db.read() as db:
        assert db.connection.one("SELECT count(*) AS made FROM arrivals") == {"made": 301}


def test_a_tour_is_moved_ten_times_an_hour(the_world: World) -> None:
    the_world.knock.offer(COMMUNITY, [START + timedelta(days=day) for day in range(1, 14)])
    booked = the_world.book(start=START + timedelta(days=1)).json()
    answers = [the_world.move(booked, START + timedelta(days=day)) for day in range(2, 13)]

    assert [one.status_code for one in answers] == [200] * 10 + [429]
    assert answers[-1].json()["type"] == "too-many-attempts"
    assert the_world.tour(booked).starts_at == START + timedelta(days=11)
    assert len(the_world.standing()) == 1


def test_one_address_gets_ten_mails_an_hour_and_the_rest_later(database_url: str) -> None:
    with world(database_url, bookings_per_hour=50) as generous:
        generous.rules(require_verified="email")
        times = [START + timedelta(days=1, hours=number / 2) for number in range(14)]
        generous.knock.offer(COMMUNITY, times)
        for number, start in enumerate(times):
            spelled = JANE | {"email": JANE["email"].title() if number % 2 else JANE["email"]}
            assert generous.book(f"key-{number}", start, spelled).status_code in (201, 202)
            generous.jobs()

        assert len(generous.sandbox.mailbox.mails) == 10
        generous.clock.move(minutes=61)
        generous.jobs()
        assert len(generous.sandbox.mailbox.mails) == 11  # that of the one tour that is left of them


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
            request_code(via, booked["tourToken"], the_world.clock())
        for via in (the_world.via, other):
            with pytest.raises(TooManyAttempts) as raised:
                request_code(via, booked["tourToken"], the_world.clock())
            assert raised.value.retry_after == CODES.within
        the_world.clock.move(hours=1)
        request_code(other, booked["tourToken"], the_world.clock())


def test_two_processes_count_the_tries_of_a_code_together(the_world: World) -> None:
    the_world.rules(require_verified="email")
    booked = the_world.book().json()
    the_world.jobs()
    (mail,) = the_world.sandbox.mailbox.mails
    right = mail.text[:6]
    wrong = f"{(int(right) + 1) % 10**6:06}"
    with another_process(the_world) as other, ThreadPoolExecutor(6) as pool:

        def guess(number: int) -> str:
            with pytest.raises(InvalidField) as raised:
                verify_code((the_world.via, other)[number % 2], booked["tourToken"], wrong, the_world.clock())
            return raised.value.field

        assert set(pool.map(guess, range(12))) == {"code"}
        with pytest.raises(InvalidField):
            verify_code(other, booked["tourToken"], right, the_world.clock())

    with the_world.via.db.read() as db:
        challenge = db.verifications.find(booked["tourId"])
    assert challenge is not None
    assert (challenge.tries, challenge.passed_at) == (5, None)


# Counting itself


def test_what_is_refused_is_not_counted_so_that_waiting_ends(the_world: World) -> None:
    now = the_world.clock()
    for _ in range(3):
        with the_world.via.db.transaction() as tx:
            count_attempt(tx, FEW, "somebody", now)
    for minutes in range(10):
        with the_world.via.db.transaction() as tx, pytest.raises(TooManyAttempts):
            count_attempt(tx, FEW, "somebody", now + timedelta(minutes=minutes))

    with the_world.via.db.transaction() as tx:
        count_attempt(tx, FEW, "somebody", now + timedelta(minutes=10))


def test_one_may_try_again_when_the_oldest_try_that_counts_is_old_enough(the_world: World) -> None:
    now = the_world.clock()
    for minutes in (0, 2, 5):
        with the_world.via.db.transaction() as tx:
            count_attempt(tx, FEW, "somebody", now + timedelta(minutes=minutes))

    with the_world.via.db.read() as db, pytest.raises(TooManyAttempts) as raised:
        refuse_if_over(db, FEW, "somebody", now + timedelta(minutes=6))
    assert raised.value.retry_after == timedelta(minutes=4)


def test_tries_that_no_limit_looks_at_any_more_are_dropped(the_world: World) -> None:
    now = the_world.clock()
    with the_world.via.db.transaction() as tx:
        tx.attempts.note("tests:old", now - timedelta(days=2))
        tx.attempts.note("tests:new", now - timedelta(hours=1))

    assert tidy(the_world.via, now).attempts == 1
    with the_world.via.db.read() as db:
        assert db.attempts.since("tests:new", now - timedelta(days=3)) == [now - timedelta(hours=1)]
