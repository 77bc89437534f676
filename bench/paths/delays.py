"""How long it takes until what was asked for has happened elsewhere, with web and jobs as processes of their own."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import requests

from bench.paths.table import Row
from bench.stage import asks
from bench.stage.asks import Ask
from bench.stage.servers import Running
from bench.stage.stage import Stage

_SOON_SECONDS = 0.002
_PATIENCE_SECONDS = 60
_BETWEEN_SECONDS = 0.03
# Of the starts that Knock offers, the one whose window is open already.
_NOW = 0


class Delays:
    """One stage with its web and its jobs; each method answers the delays in seconds, one a tour."""

    def __init__(self, stage: Stage, product: Running, database: Path, tours: int) -> None:
        self._stage, self._product, self._database, self._tours = stage, product, database, tours
        self._booked: list[dict[str, Any]] = []
        self._grants: dict[str, str] = {}

    def booking_to_grant(self) -> list[float]:
        """From the booking's answer until the lock system is asked for the grant."""
        answered = {}
        for number in range(1, self._tours + 1):
            booked = self._put(asks.booking(self._stage.known, number, _NOW))
            answered[booked["tourId"]] = time.monotonic()
            self._booked.append(booked)
            time.sleep(_BETWEEN_SECONDS)
        granted = {one["tourId"]: one for one in self._seen("access.grant_requested", self._tours)}
        self._grants = {tour_id: one["grantId"] for tour_id, one in granted.items()}
        return [max(0.0, granted[tour_id]["at"] - at) for tour_id, at in answered.items()]

    def callback_to_state(self) -> list[float]:
        """From the lock system's callback until the tour has begun, as the database has it."""
        waits = []
        with closing(sqlite3.connect(self._database)) as opened:
            for number, booked in enumerate(self._booked[: self._tours // 2]):
                sent = time.monotonic()
                self._put(asks.callback(booked["tourId"], number))
                _until(partial(_has_begun, opened, booked["tourId"]))
                waits.append(time.monotonic() - sent)
        return waits

    def cancel_to_revocation(self) -> list[float]:
        """From when somebody cancels, all of them at once, until the lock system is asked to revoke."""
        leaving = self._booked[self._tours // 2 :]
        self._seen("", 0)
        with ThreadPoolExecutor(len(leaving)) as crew:
            sent = dict(crew.map(self._cancel, leaving))
        revoked = {one["grantId"]: one["at"] for one in self._seen("access.revoke_requested", len(leaving))}
        return [revoked[self._grants[tour_id]] - at for tour_id, at in sent.items()]

    def _cancel(self, booked: dict[str, Any]) -> tuple[str, float]:
        sent = time.monotonic()
        self._put(asks.cancellation(booked["tourId"], booked["tourToken"]))
        return booked["tourId"], sent

    def _put(self, ask: Ask) -> dict[str, Any]:
        answer = requests.request(
            ask.method, f"{self._product.url}{ask.path}", headers=dict(ask.headers), data=ask.body, timeout=_PATIENCE_SECONDS
        )
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()
        return content

    def _seen(self, kind: str, how_many: int) -> list[dict[str, Any]]:
        """What the lock system was asked since the last time, as soon as there is as much of this kind."""
        seen: list[dict[str, Any]] = []

        def is_there() -> bool:
            seen.extend(requests.get(f"{self._stage.partners.url}/seen", timeout=_PATIENCE_SECONDS).json())
            return len({one["grantId"] for one in seen if one["type"] == kind}) >= how_many

        _until(is_there)
        return [one for one in seen if one["type"] == kind]


def rows(stage: Stage, tours: int) -> Iterator[Row]:
    """A row a delay."""
    database = stage.copy()
    with stage.product(database) as product, stage.jobs(database):
        delays = Delays(stage, product, database, tours)
        delays._put(asks.times(asks.COMMUNITY))
        time.sleep(2)  # the jobs begin
        yield _row("grant", delays.booking_to_grant(), "p50 50, p99 250")
        yield _row("callback", delays.callback_to_state(), "p50 50, p99 250")
        yield _row("revocation", delays.cancel_to_revocation(), "p99 1500 ms")


def _row(name: str, waits: list[float], goal: str) -> Row:
    ordered = sorted(1000 * wait for wait in waits)
    worst = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return Row(name, product=f"{median(ordered):.0f} ms", spread=f"p99 {worst:.0f} ms", goal=goal)


def _has_begun(opened: sqlite3.Connection, tour_id: str) -> bool:
    found = opened.execute("SELECT status FROM tours WHERE tour_id = ?", (tour_id,)).fetchone()
    return found is not None and found[0] == "in_progress"


def _until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > ends:
            raise RuntimeError("it never came about")
        time.sleep(_SOON_SECONDS)
