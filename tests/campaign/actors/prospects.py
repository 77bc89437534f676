"""Prospects: each books, changes their mind, comes or does not come, and opens doors, by their own dice."""

import random
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from sandbox import utcnow
from tests.campaign.actors.client import Client
from tests.campaign.actors.doors import Doors
from tests.campaign.communities import ALL, BY_SEAM, FRONT, WITHOUT_LOCK, units_of

TITLES = ["Zillow", "Zillow + café ✨", "Property Website", "100%2B \t~“”", "A" * 300, None]
_NEAR = timedelta(minutes=5)
_MOST_CHECK_INS = 15

Tour = dict[str, Any]


def person(seed: int, number: int) -> dict[str, Any]:
    """Somebody whom nobody else is: with an e-mail address, a phone number, or both."""
    email = {"email": f"p{number}.of{seed}@example.com"}
    phone = {"phone": f"206{555_0000 + number:07}"}
    contact = [email, phone, email | phone][number % 3]
    return {"firstName": "Prospect", "lastName": f"Number{number}", **contact}


class Prospect:
    """One life. `turn` is held by who is at Seam's doors."""

    def __init__(self, number: int, seed: int, client: Client, doors: Doors, turn: threading.Lock) -> None:
        self._number, self._profile = number, person(seed, number)
        self._client, self._doors, self._turn = client, doors, turn
        self._dice: random.Random = client.dice
        self._keys = 0

    def live(self) -> None:
        """From the link to the last door."""
        community = self._dice.choice(ALL)
        soon = self._dice.random() < 0.65
        tour = self._book(community, soon)
        if tour and self._happens(0.1):
            tour = self._book(community, soon) or tour  # the newer one takes the older one's place
        if tour is None or not self._client.wait(self._dice.uniform(0, 3)):
            return
        if self._happens(0.25 if soon else 0.5):
            self._move(tour, community, soon)
        if self._happens(0.1 if soon else 0.3):
            self._client.wait(self._dice.uniform(0, 4))
            self._act(tour, "cancel")
        elif soon and self._happens(0.8):
            self._go(tour, community)

    def _happens(self, chance: float) -> bool:
        return self._dice.random() < chance

    # Booking

    def _book(self, community: str, soon: bool) -> Tour | None:
        title = self._dice.choice(TITLES)
        arrival = self._client.arrive(community, title) if self._happens(0.5) else None
        for _ in range(4):
            start = self._pick(community, soon)
            if start is None:
                return None
            body = self._body(community, start, title, arrival)
            on_page = arrival is not None and self._happens(0.6)
            status, told = self._client.book_on_page(arrival, body, title) if arrival and on_page else self._ask(body, title)
            if status in (201, 202):
                return told
            if status == 0 or not self._client.wait(self._dice.uniform(0.2, 1)):
                return None
        return None

    def _ask(self, body: dict[str, Any], title: str | None) -> tuple[int, Tour]:
        """Over the API; now and then the same request goes out twice at once, or again once it was answered."""
        self._keys += 1
        key = f"{self._profile['lastName']}-{self._keys}"
        if self._happens(0.1):
            threading.Thread(target=self._client.book, args=(key, body, title), daemon=True).start()
        status, told = self._client.book(key, body, title)
        if status in (201, 202) and self._happens(0.2):
            self._client.book(key, body, title)
        return status, told

    def _act(self, tour: Tour, verb: str, body: dict[str, Any] | None = None) -> int:
        """Over the API, or on the tour's page; the status."""
        if self._happens(0.4):
            return self._client.act_on_page(tour, verb, body)
        return self._client.act(tour, verb, body)[0]

    def _pick(self, community: str, soon: bool) -> datetime | None:
        limit = utcnow() + _NEAR
        open_now = [one for one in self._client.times(community) if (one < limit) == soon]
        return self._dice.choice(open_now) if open_now else None

    def _body(self, community: str, start: datetime, title: str | None, arrival: str | None) -> dict[str, Any]:
        units = self._dice.sample(units_of(community), self._dice.choice([0, 1, 2]))
        named = {"arrivalId": arrival} if arrival else {"sourceTitle": title} if title is not None else {}
        return {
            "communityId": community,
            "startTime": start.isoformat(),
            "profile": self._profile,
            "smsConsent": False,
            "unitNames": units,
            **named,
        }

    def _move(self, tour: Tour, community: str, soon: bool) -> None:
        start = self._pick(community, soon)
        for _ in range(3):
            if start is None:
                return
            status = self._act(tour, "reschedule", {"startTime": start.isoformat()})
            if status in (0, 200, 202, 303) or not self._client.wait(self._dice.uniform(0.5, 2)):
                return

    # The tour

    def _go(self, tour: Tour, community: str) -> None:
        seen = self._wait_for_the_window(tour)
        if seen is None:
            return
        closes_at = datetime.fromisoformat(seen["access"]["closesAt"])
        with self._alone(community, closes_at) as alone:
            if not alone:
                return
            if self._check_in(tour, community, closes_at):
                self._leave(tour, community, closes_at)
            elif community == BY_SEAM:
                self._client.wait(max(0.0, _seconds_to(closes_at)))

    def _alone(self, community: str, until: datetime) -> AbstractContextManager[Any]:
        return _Turn(self._turn, max(0.1, _seconds_to(until) - 5)) if community == BY_SEAM else nullcontext(True)

    def _wait_for_the_window(self, tour: Tour) -> dict[str, Any] | None:
        """The tour once its doors may be opened; None when it never comes to that."""
        for _ in range(60):
            seen = self._client.look(tour)
            if seen is not None and seen["status"] not in ("requested", "confirmed", "in_progress"):
                return None
            left = _seconds_to(datetime.fromisoformat(seen["access"]["opensAt"])) if seen else 1.0
            if seen and seen["status"] != "requested" and left <= 0:
                return seen
            if left > 120 or not self._client.wait(min(max(left, 0.5), 3.0)):
                return None
        return None

    def _check_in(self, tour: Tour, community: str, until: datetime) -> bool:
        """Whether they got in."""
        if self._happens(0.3):
            self._client.act_on_page(tour, "check-in")
        for _ in range(_MOST_CHECK_INS):
            status, seen = self._client.act(tour, "check-in")
            if status == 200 and (
                community == WITHOUT_LOCK or (seen["code"] and self._open_doors(tour, community, seen["code"]))
            ):
                return True
            if _seconds_to(until) < 1 or not self._client.wait(self._dice.uniform(0.8, 2.5)):
                return False
        return False

    def _open_doors(self, tour: Tour, community: str, code: str) -> bool:
        if self._happens(0.05):
            self._doors.open(community, FRONT, "000000")
        if not self._doors.open(community, FRONT, code):
            self._complain(tour, community, code)
            return False
        wanted = tour["unitNames"] or units_of(community)
        for unit in self._dice.sample(wanted, self._dice.randint(0, len(wanted))):
            time.sleep(self._dice.uniform(0.05, 1))
            self._doors.open(community, f"Apartment {unit}", code)
        return True

    def _complain(self, tour: Tour, community: str, code: str) -> None:
        """The same code shown again after it has failed, and failing again, was not the one that the lock holds."""
        status, seen = self._client.act(tour, "check-in")
        if status == 200 and seen["code"] == code and not self._doors.open(community, FRONT, code):
            status, seen = self._client.act(tour, "check-in")
            if status == 200 and seen["code"] == code:
                self._client.ledger.found("doors", tour["tourId"], "the code that is shown opens nothing")

    def _leave(self, tour: Tour, community: str, until: datetime) -> None:
        if community not in (BY_SEAM, WITHOUT_LOCK) and self._happens(0.5):
            if self._happens(0.5):
                self._doors.leave(tour["tourId"])
            return
        while _seconds_to(until) > -10:
            status = self._act(tour, "finish")
            if status in (200, 303) or not self._client.wait(1):
                return


class _Turn:
    """A lock that is waited for only so long."""

    def __init__(self, lock: threading.Lock, seconds: float) -> None:
        self._lock, self._seconds, self._held = lock, seconds, False

    def __enter__(self) -> bool:
        self._held = self._lock.acquire(timeout=self._seconds)
        return self._held

    def __exit__(self, *_: object) -> None:
        if self._held:
            self._lock.release()


def _seconds_to(at: datetime) -> float:
    return (at - utcnow()).total_seconds()
