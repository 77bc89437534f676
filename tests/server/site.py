"""`make serve` with a tour and an arrival in it, and how long it takes to answer those who mean well."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import Any

import requests

from sandbox import Sandbox, serve
from tests.processes import Processes, free_port, sandbox_for
from tests.world import COMMUNITY, WEBHOOK_TOKEN
from vendor_app.store.engine.database import open_database


class Site:
    """The processes, a booked tour's token, and the id of an arrival whose community's times are known."""

    def __init__(self, processes: Processes, sandbox: Sandbox) -> None:
        self.processes, self.sandbox = processes, sandbox
        self.port, self.url = processes.port, processes.url
        self.database_url = processes.environ["VENDOR_DATABASE_URL"]
        self.acknowledged: list[str] = []
        self._numbers = itertools.count(1)
        self.times: list[str] = []

    def prepare(self) -> None:
        """Book a tour and arrive once more."""
        answer = requests.get(f"{self.url}/api/v1/communities/{COMMUNITY}/times", timeout=60)
        # The last first: today's overlap, and Knock gives each only once.
        self.times = [one["startTime"] for one in answer.json()["times"]][::-1]
        booked = self.book()
        assert booked.status_code == 201, booked.text
        self.token = booked.json()["tourToken"]
        arrived = requests.get(f"{self.url}/doorway/{COMMUNITY}", timeout=60, allow_redirects=False)
        self.arrival_id = arrived.headers["Location"].rpartition("/")[2]
        self.look_all_round()

    def book(self) -> requests.Response:
        """Somebody else books, from another address, at one of the times."""
        number = next(self._numbers)
        profile = {"firstName": "Jo", "lastName": "Doe", "email": f"jo{number}@example.com"}
        body = {"communityId": COMMUNITY, "startTime": self.times[number % len(self.times)], "profile": profile}
        headers = {"Idempotency-Key": f"key-{number}", "X-Forwarded-For": f"10.0.{number // 250}.{number % 250}"}
        return requests.post(f"{self.url}/api/v1/tours", json=body, headers=headers, timeout=60)

    # What those who mean well ask for

    def get(self, path: str) -> requests.Response:
        """A new connection every time, as new visitors make them."""
        return requests.get(f"{self.url}{path}", timeout=60, allow_redirects=False)

    def notify(self) -> requests.Response:
        """Knock tells of an appointment that is not ours; what is acknowledged is noted."""
        appointment_id = f"appointment-{next(self._numbers)}"
        node = {
            "appointmentId": appointment_id,
            "prospectId": "1",
            "startTime": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
            "endTime": (datetime.now(UTC) + timedelta(days=1, minutes=30)).isoformat(),
            "source": "Zillow",
            "status": "CONFIRMED",
            "updatedAt": datetime.now(UTC).isoformat(),
        }
        headers = {"Authorization": f"Bearer {WEBHOOK_TOKEN}"}
        body = {"edges": [{"type": "APPOINTMENT", "node": node}]}
        answer = requests.post(f"{self.url}/webhooks/knock", json=body, headers=headers, timeout=60)
        if answer.status_code == 200:
            self.acknowledged.append(appointment_id)
        return answer

    @property
    def visits(self) -> dict[str, Callable[[], requests.Response]]:
        """By name."""
        return {
            "healthz": lambda: self.get("/healthz"),
            "readyz": lambda: self.get("/readyz"),
            "tour page": lambda: self.get(f"/tour/{self.token}"),
            "booking page": lambda: self.get(f"/book/{self.arrival_id}"),
            "notice": self.notify,
            "style": lambda: self.get("/static/tours.css"),
        }

    def look_all_round(self) -> "list[Look]":
        """Ask for everything once."""
        return [Look(name, *_timed(visit)) for name, visit in self.visits.items()]

    def watch(self, seconds: float) -> "Watch":
        """Ask for everything, one after the other, for a while."""
        ends, looks = time.monotonic() + seconds, []
        while time.monotonic() < ends:
            looks += self.look_all_round()
        return Watch(looks)

    def forgotten(self) -> list[str]:
        """The notices we have acknowledged and do not have."""
        database = open_database(self.database_url)
        with database.read() as db:
            kept = {row["appointment_id"] for row in db.query("SELECT appointment_id FROM knock_notices")}
        database.close()
        return sorted(set(self.acknowledged) - kept)


class Look:
    """One answer and the seconds it took."""

    def __init__(self, name: str, answer: requests.Response, seconds: float) -> None:
        self.name, self.status, self.seconds = name, answer.status_code, seconds


class Watch:
    """What was seen in a while."""

    def __init__(self, looks: list[Look]) -> None:
        self.looks = looks

    def statuses(self) -> dict[str, set[int]]:
        """What each was answered."""
        return {name: {one.status for one in self._of(name)} for name in self._names()}

    def slowest(self) -> dict[str, float]:
        """The 99th percentile of each, in seconds."""
        return {name: quantiles([one.seconds for one in self._of(name)], n=100, method="inclusive")[-1] for name in self._names()}

    def table(self) -> str:
        """For people: how many, the median and the 99th percentile in milliseconds."""
        middle = {name: median(one.seconds for one in self._of(name)) for name in self._names()}
        lines = [
            f"{name:14}{len(self._of(name)):5}{middle[name] * 1000:9.0f}{seconds * 1000:9.0f}  {sorted(self.statuses()[name])}"
            for name, seconds in self.slowest().items()
        ]
        return "\n".join([f"{'':14}{'n':>5}{'median':>9}{'p99':>9}", *lines])

    def _names(self) -> list[str]:
        return list(dict.fromkeys(one.name for one in self.looks))

    def _of(self, name: str) -> list[Look]:
        return [one for one in self.looks if one.name == name]


def _timed(visit: Callable[[], requests.Response]) -> tuple[requests.Response, float]:
    started = time.perf_counter()
    answer = visit()
    return answer, time.perf_counter() - started


@contextmanager
def site(database_url: str, **environ: Any) -> Iterator[Site]:
    """The product's web process on a real socket, and its sandbox."""
    port = free_port()
    sandbox = sandbox_for(port)
    with serve(sandbox, "127.0.0.1", 0) as partners:
        processes = Processes(database_url, partners.url, port)
        processes.environ |= {"VENDOR_TRUSTED_PROXIES": "1", "VENDOR_MAX_CONCURRENT_TOURS": "10000", **environ}
        processes.jobs_once()  # the communities are known, so that the web has not looked for any yet
        processes.start()
        try:
            made = Site(processes, sandbox)
            made.prepare()
            yield made
        finally:
            processes.kill()
