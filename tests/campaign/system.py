"""The product's two processes, its partners in this process, and the database between them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sandbox import Sandbox, serve
from tests.campaign.communities import properties, rules_file
from tests.campaign.process import Process
from tests.processes import Processes, free_port, ready, until
from tests.world import sandbox_settings
from vendor_app.config import Config
from vendor_app.keys import Keys, fingerprint
from vendor_app.store.store import Store, open_store

# Tours take a minute, and what waits for partners waits for seconds. A lost visit's notice may take 20 times RECHECK_SECONDS.
SETTINGS = {
    "VENDOR_TOUR_MINUTES": "1",
    "VENDOR_EARLY_MINUTES": "0",
    "VENDOR_LATE_MINUTES": "0",
    "VENDOR_SETTLE_SECONDS": "1",
    "VENDOR_RECHECK_SECONDS": "3",
    "VENDOR_KNOCK_TIMEOUT_SECONDS": "2",
    "VENDOR_ACCESS_DEADLINE_MINUTES": "0",
    "VENDOR_BOOKINGS_PER_HOUR": "1000000",
    "VENDOR_PROPEXO_TOKEN": "propexo-TEST-TOKEN",
    "VENDOR_SEAM_KEY": "seam-TEST-KEY",
    "VENDOR_MAIL_FROM": "tours@example.com",
}


# However long our web is down, partners have not given up when it is back.
_THREE_DAYS = 10**6


class System:
    """`sandbox` (served), `web` and `jobs` (running), `db` (the product's, for looking), `url` (the product's)."""

    def __init__(self, sandbox: Sandbox, processes: Processes, folder: Path) -> None:
        self.sandbox, self.url, self.folder = sandbox, processes.url, folder
        self.environ = processes.environ
        self.config = Config.from_env(self.environ)
        self.db: Store = open_store(self.config.database_url)
        self.keys = Keys(self.config.secret_key)
        self.web = Process("web", ["vendor_app", "serve"], self.environ, folder)
        self.jobs = Process("jobs", ["jobs"], self.environ, folder)

    @property
    def processes(self) -> tuple[Process, Process]:
        """Both processes."""
        return self.web, self.jobs

    def start(self) -> None:
        """Communities and rules first, as an operator would, then both processes."""
        rules = self.folder / "communities.toml"
        rules.write_text(rules_file(), encoding="utf-8")
        self._operate("sync")
        self._operate("communities", "--file", str(rules))
        for process in self.processes:
            process.start()
        self.wait_until_ready()

    def tour_id_of(self, token: str) -> str | None:
        """The tour that this token is of; pages tell no other name of it."""
        with self.db.read() as db:
            tour = db.tours.find_by_token(fingerprint(token))
        return tour.tour_id if tour else None

    def status_of(self, tour_id: str) -> str | None:
        """How the tour stands in the database just now."""
        with self.db.read() as db:
            tour = db.tours.find(tour_id)
        return tour.status if tour else None

    def wait_until_ready(self, seconds: float = 120) -> None:
        """Until the web answers."""
        until(lambda: ready(self.url), seconds)

    def close(self) -> None:
        """End the processes."""
        for process in self.processes:
            process.end()
        self.db.close()

    def _operate(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "vendor_app", *arguments]
        subprocess.run(command, env=self.environ, check=True, capture_output=True, timeout=120)


@contextmanager
def running_system(database_url: str, folder: Path) -> Iterator[System]:
    """Everything up and running, ended with the block."""
    port = free_port()
    settings = replace(sandbox_settings(f"http://127.0.0.1:{port}"), webhook_retry_seconds=0.2, webhook_attempts=_THREE_DAYS)
    sandbox = Sandbox(settings, properties=properties())
    with serve(sandbox) as partners:
        processes = Processes(database_url, partners.url, port)
        processes.environ |= SETTINGS | {
            "VENDOR_SEAM_BASE_URL": f"{partners.url}/seam",
            "VENDOR_SEAM_WEBHOOK_SECRETS": settings.seam_secret,
            "VENDOR_PROPEXO_BASE_URL": f"{partners.url}/propexo",
            "VENDOR_SMTP_URL": f"smtp://127.0.0.1:{settings.mail_port}",
        }
        made = System(sandbox, processes, folder)
        try:
            made.start()
            yield made
        finally:
            made.close()
