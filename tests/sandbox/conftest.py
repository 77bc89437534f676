"""A sandbox on a real socket, a clock that stands still until moved, and a vendor that only listens."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sandbox import Sandbox, SandboxSettings, serve

from .stage import APPOINTMENT, PROSPECT, SECRET, Clock, Partner, Vendor


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    vendor = Vendor()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            vendor.received.append((self.path, headers, body))
            self.send_response(vendor.answers.pop(0) if vendor.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    vendor.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield vendor
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(vendor: Vendor) -> SandboxSettings:
    return SandboxSettings(
        appointment_key=APPOINTMENT,
        prospect_key=PROSPECT,
        webhook_url=f"{vendor.url}/webhooks/knock",
        webhook_token="webhook-token",
        callback_url=f"{vendor.url}/webhooks/access",
        access_secret=SECRET,
        vendor_url="http://vendor.example",
        webhook_retry_seconds=0.02,
        seam_webhook_url=f"{vendor.url}/webhooks/seam",
    )


@pytest.fixture
def sandbox(settings: SandboxSettings, clock: Clock) -> Sandbox:
    return Sandbox(settings, clock)


@pytest.fixture
def url(sandbox: Sandbox) -> Iterator[str]:
    with serve(sandbox) as served:
        yield served.url


@pytest.fixture
def partner(url: str, clock: Clock) -> Partner:
    return Partner(url, clock)


@pytest.fixture
def kept(settings: SandboxSettings, tmp_path: Any) -> SandboxSettings:
    """Settings with a state file."""
    return replace(settings, state_path=tmp_path / "var" / "sandbox.json")
