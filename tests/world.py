"""The whole product on real sockets in one process: sandbox partners, web application, jobs, and one clock for all."""

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from werkzeug.serving import WSGIRequestHandler, make_server

from jobs.runner import run_once
from jobs.schedule import SCHEDULE
from sandbox import Sandbox, SandboxSettings, serve
from tests.patience import give_up_soon_on_what_hangs
from tests.sandbox.stage import Clock
from vendor_app.app import create_app
from vendor_app.config import Config
from vendor_app.domain.communities import Door
from vendor_app.domain.tours import Tour
from vendor_app.usecases.collaborators import Collaborators

COMMUNITY = "b9XQN6eMvvrr07zg"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WEBHOOK_TOKEN = "the-token-agreed-with-knock"
START = datetime(2026, 6, 10, 19, 30, tzinfo=UTC)  # 12:30 at the property
# Below those that the kernel hands out, so that nobody gets one of them between its choice and its use.
_PORTS = range(10_000, 18_000)
JANE = {"firstName": "Jane", "lastName": "Doe", "email": "janedoe@example.com", "phone": "2065554567"}


def sandbox_settings(product_url: str) -> SandboxSettings:
    """A sandbox that tells the product at this address what happens, and quickly tells it again."""
    return SandboxSettings(
        appointment_key="appointment-key",
        prospect_key="prospect-key",
        webhook_url=f"{product_url}/webhooks/knock",
        webhook_token=WEBHOOK_TOKEN,
        callback_url=f"{product_url}/webhooks/access",
        access_secret=SECRET,
        vendor_url=product_url,
        webhook_retry_seconds=0.02,
        seam_webhook_url=f"{product_url}/webhooks/seam",
        seam_secret=SECRET,
        mail_port=free_port(),
    )


def free_port() -> int:
    """A port that nobody listens at just now."""
    while True:
        port = secrets.choice(_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class World:
    """What a test plays with. Times stand still until `clock.move(...)`; jobs run when `jobs()` is called."""

    def __init__(self, database_url: str, **settings: Any) -> None:
        self.clock = Clock()  # noon at the property, half an hour before START
        self._listed, self._listed_at = "", self.clock()
        self._web = _Served()
        self.sandbox = Sandbox(sandbox_settings(self._web.url), self.clock)
        self.knock, self.lock, self.faults = self.sandbox.knock, self.sandbox.lock, self.sandbox.faults
        self.partners = serve(self.sandbox, "127.0.0.1", 0)
        defaults: dict[str, Any] = {
            "secret_key": "a secret key of the tests only",
            "public_url": self._web.url,
            "database_url": database_url,
            "knock_base_url": f"{self.partners.url}/knock",
            "knock_appointment_key": "appointment-key",
            "knock_prospect_key": "prospect-key",
            "knock_webhook_token": WEBHOOK_TOKEN,
            "access_url": f"{self.partners.url}/lock",
            "access_webhook_secrets": (SECRET,),
            "seam_base_url": f"{self.partners.url}/seam",
            "seam_key": "seam-TEST-KEY",
            "seam_webhook_secrets": (SECRET,),
            "smtp_url": f"smtp://127.0.0.1:{self.sandbox.settings.mail_port}",
            "mail_from": "tours@example.com",
            "sms_gateway": "{phone}@texts.example.com",
            "propexo_base_url": f"{self.partners.url}/propexo",
            "propexo_token": "propexo-TEST-TOKEN",
            "knock_timeout": timedelta(seconds=60),
        }
        self.config = Config(**{**defaults, **settings})
        self.app = create_app(self.config, self.clock)
        self._web.start(self.app)
        self.url = self._web.url
        self.via = Collaborators.connect(self.config, self.clock)
        if "knock_timeout" not in settings:
            for via in (self.via, self.app.extensions["vendor_app"].via):
                give_up_soon_on_what_hangs(via, self.faults)
        self.knock.offer(COMMUNITY, [START, START + timedelta(hours=1), START + timedelta(days=1)])

    def close(self) -> None:
        """End the servers."""
        self._web.close()
        self.partners.close()
        for via in (self.via, self.app.extensions["vendor_app"].via):
            via.close()

    # What a client does

    def book(
        self, key: str = "key-1", start: datetime = START, profile: dict[str, Any] | None = None, **changes: Any
    ) -> requests.Response:
        """POST /api/v1/tours."""
        body = {
            "communityId": COMMUNITY,
            "sourceTitle": "Zillow",
            "startTime": start.isoformat(),
            "profile": profile or JANE,
            "smsConsent": False,
            "unitNames": ["204"],
            **changes,
        }
        return requests.post(f"{self.url}/api/v1/tours", json=body, headers={"Idempotency-Key": key}, timeout=90)

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET from the product, redirects not followed."""
        return requests.get(f"{self.url}{path}", timeout=90, allow_redirects=False, **options)

    def act(self, booked: dict[str, Any], verb: str = "") -> requests.Response:
        """GET the tour as its holder, or POST one of cancel, check-in, finish."""
        address = f"{self.url}/api/v1/tours/{booked['tourId']}" + (f"/{verb}" if verb else "")
        headers = {"Authorization": f"Bearer {booked['tourToken']}"}
        return requests.request("POST" if verb else "GET", address, headers=headers, timeout=90)

    def move(self, booked: dict[str, Any], start: datetime) -> requests.Response:
        """POST …/reschedule as the tour's holder."""
        address = f"{self.url}/api/v1/tours/{booked['tourId']}/reschedule"
        headers = {"Authorization": f"Bearer {booked['tourToken']}"}
        return requests.post(address, json={"startTime": start.isoformat()}, headers=headers, timeout=90)

    def rules(self, **tables: Any) -> None:
        """Have the operator serve COMMUNITY by these rules (keys as in communities.toml)."""
        with self.via.db.transaction() as tx:
            tx.community_rules.keep(COMMUNITY, tables.get("enabled", True), tables, self.clock())
            tx.doors.replace((COMMUNITY, Door(**one)) for one in tables.get("doors", ()))

    # What goes on behind

    def jobs(self) -> list[str]:
        """Take in what the partners have to say, then run every job once, the list's when it is due; their lines."""
        lines: list[str] = []
        self.sandbox.drain_notices()
        jobs = SCHEDULE if self._is_list_due() else [job for job in SCHEDULE if job.name != "sync_communities"]
        assert run_once(self.via, lines.append, self.clock, jobs), lines
        self.sandbox.drain_notices()
        return lines

    def _is_list_due(self) -> bool:
        """Reading the list of communities anew each time would be half of the tests' work."""
        listed, now = repr(self.knock.communities), self.clock()
        is_broken = any(fault.call == "GET /communities" for fault in self.faults.armed())
        if not is_broken and listed == self._listed and now - self._listed_at < timedelta(days=1):
            return False
        self._listed, self._listed_at = "" if is_broken else listed, now
        return True

    def converge(self, hours: float = 1.0, minutes_a_step: float = 5.0) -> None:
        """Let time pass with the jobs running, as it would without anybody looking."""
        for _ in range(int(hours * 60 / minutes_a_step)):
            self.clock.move(minutes=minutes_a_step)
            self.jobs()

    def tour(self, booked: dict[str, Any]) -> Tour:
        """The tour as stored."""
        with self.via.db.read() as db:
            tour = db.tours.find(booked["tourId"])
        assert tour is not None
        return tour

    def tours(self) -> list[Tour]:
        """All tours as stored, newest first."""
        with self.via.db.read() as db:
            return db.tours.newest(100)

    def story(self, tour_id: str) -> list[str]:
        """The tour's timeline."""
        with self.via.db.read() as db:
            return [line.what for line in db.timeline.of_tour(tour_id)]

    # What is true at the partners in the end

    def standing(self) -> list[Any]:
        """Appointments in Knock that are not cancelled."""
        return [one for one in self.knock.appointments.values() if one.status.value != "CANCELLED"]

    def live_grants(self) -> list[Any]:
        """Grants whose code opens doors."""
        return [grant for grant in self.lock.grants.values() if not grant.revoked]


class _Served:
    """A socket whose address is known before the application behind it exists."""

    def __init__(self) -> None:
        self._app: Any = None
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Silent)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def start(self, app: Any) -> None:
        self._app = app
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ: Any, start_response: Any) -> Any:
        return self._app(environ, start_response)


class _Silent(WSGIRequestHandler):
    def log_request(self, *_: Any) -> None:
        """Nothing: the addresses carry tokens."""


@contextmanager
def world(database_url: str, **settings: Any) -> Iterator[World]:
    """A world with these settings (as Config has them), ended with the block."""
    made = World(database_url, **settings)
    try:
        yield made
    finally:
        made.close()
