"""What keeps a server from its work by being slow. Each attack goes on within its block, and is bounded in time and number."""

import itertools
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress

import psycopg
import requests

from tests.server.site import Site

HOLD_SECONDS = 60  # longer than any attack goes on
KNOCK = ("GET /communities", "GET /community/available-times", "POST /appointment/request", "GET /prospect", "POST /prospect")
Attack = Callable[[Site], AbstractContextManager[None]]


@contextmanager
def slow_bodies(site: Site, count: int = 200) -> Iterator[None]:
    """Clients that promise a body and send a byte a second of it, each on a connection of its own, again and again."""
    form, program = "application/x-www-form-urlencoded", "application/json\r\nIdempotency-Key: key"
    sent = {
        f"/book/{site.arrival_id}": form,
        f"/tour/{site.token}/cancel": form,
        "/api/v1/tours": program,
        "/webhooks/access": program,
    }
    heads = [
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: 1000\r\n\r\n".encode()
        for path, kind in sent.items()
    ]
    with _dripping(site, count, heads):
        yield


@contextmanager
def slow_heads(site: Site, count: int = 200) -> Iterator[None]:
    """Clients that never come to the end of their headers."""
    with _dripping(site, count, [b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "]):
        yield


@contextmanager
def made_up_communities(site: Site, count: int = 40) -> Iterator[None]:
    """Visitors of communities that there are none of, while Knock hangs."""
    numbers = itertools.count()

    def visit() -> None:
        number = next(numbers)
        path = f"/doorway/made-up-{number}" if number % 2 else f"/api/v1/communities/made-up-{number}/times"
        requests.get(f"{site.url}{path}", timeout=60, allow_redirects=False)

    with _knock_hangs(site), _crowd(count, visit):
        yield


@contextmanager
def hung_bookings(site: Site, count: int = 64) -> Iterator[None]:
    """Prospects, each at an address of their own, who book while Knock hangs."""
    with _knock_hangs(site), _crowd(count, site.book):
        yield


@contextmanager
def locked_database(site: Site, count: int = 40) -> Iterator[None]:
    """Somebody else holds a lock on the database, and prospects want to book."""
    with _locked(site.database_url), _crowd(count, site.book):
        yield


@contextmanager
def all_at_once(site: Site) -> Iterator[None]:
    """All of them."""
    with ExitStack() as attacks:
        for attack in (slow_bodies, slow_heads, made_up_communities, hung_bookings, locked_database):
            attacks.enter_context(attack(site))
        yield


@contextmanager
def _knock_hangs(site: Site) -> Iterator[None]:
    for call in KNOCK:
        site.sandbox.faults.set(call, "hang_before", times=100_000, seconds=HOLD_SECONDS)
    try:
        yield
    finally:
        site.sandbox.faults.clear()


@contextmanager
def _locked(database_url: str) -> Iterator[None]:
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"), timeout=90, isolation_level=None)) as shell:
            shell.execute("BEGIN IMMEDIATE")
            yield
        return
    with psycopg.connect(database_url) as shell:
        shell.execute("LOCK TABLE tours IN EXCLUSIVE MODE")
        yield


@contextmanager
def _crowd(count: int, act: Callable[[], object]) -> Iterator[None]:
    """So many threads that do it again and again, a moment apart; what they are answered is not looked at."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(0.1):
            with suppress(requests.RequestException):
                act()

    crowd = [threading.Thread(target=go_on, daemon=True) for _ in range(count)]
    for one in crowd:
        one.start()
    try:
        yield
    finally:
        over.set()


@contextmanager
def _dripping(site: Site, count: int, heads: list[bytes]) -> Iterator[None]:
    """So many connections that send a byte a second after their head, and are made anew when the server ends them."""
    over = threading.Event()
    connections = [_connect(site, head) for head, _ in zip(itertools.cycle(heads), range(count), strict=False)]

    def drip() -> None:
        while not over.wait(1.0):
            for number, one in enumerate(connections):
                try:
                    if _is_ended(one):
                        raise ConnectionResetError
                    one.sendall(b"x")
                except OSError:
                    one.close()
                    connections[number] = _connect(site, heads[number % len(heads)])

    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    try:
        yield
    finally:
        over.set()
        dripping.join()
        for one in connections:
            one.close()


def _is_ended(one: socket.socket) -> bool:
    try:
        return not one.recv(65536, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False


def _connect(site: Site, head: bytes) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", site.port), timeout=90)
    with suppress(OSError):
        made.sendall(head)
    return made


def until_calm(site: Site, seconds: float) -> float:
    """How long it takes until a prospect can book again; fails after `seconds`."""
    started = time.monotonic()
    while True:
        with suppress(requests.RequestException):
            if site.book().status_code == 201:
                return time.monotonic() - started
        assert time.monotonic() - started < seconds, "the site is not well again"
