"""Worlds whose web application is served by granian and the gateway, in the test's own process."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from tests import world
from tests.conftest import empty_database
from tests.web.conftest import quiet_visitor, quiet_world, visitor
from vendor_app.server.serve import gateway_of

__all__ = ["quiet_visitor", "quiet_world", "visitor"]

# Of these several requests are under way together: whoever waits for the database gives up a thread of the gateway's.
_AT_ONCE = (
    "test_who_repeats_a_request_under_way_is_told_of_the_tour_it_ends_as",
    "test_a_double_click_is_one_tour",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One engine each: the gateway knows none, and tests/web runs the same tests on both. Those of a quiet world are SQLite's."""
    if "database_url" in metafunc.fixturenames:
        engines = ["sqlite", "postgres"] if metafunc.function.__name__ in _AT_ONCE else ["postgres"]
        metafunc.parametrize("database_url", engines, indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it."""
    yield from empty_database(request, tmp_path)


class Gatewayed:
    """A socket whose address is known before the application behind it exists."""

    def __init__(self) -> None:
        # Held, for granian shares a port with whoever else listens there, another test's server for instance.
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._held.bind(("127.0.0.1", 0))
        self._port: int = self._held.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._listens = threading.Event()

    def start(self, app: Any) -> None:
        """Serve this application."""
        self._gateway = gateway_of(app, database_connections=8)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._listens.wait(90)

    def close(self) -> None:
        """Stop."""
        self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join(timeout=90)
        self._held.close()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._server = Server(
            self._gateway,
            address="127.0.0.1",
            port=self._port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            log_enabled=False,
        )
        serving = asyncio.create_task(self._server.serve())
        while not serving.done() and not self._listens.is_set():
            await self._try()
        await serving

    async def _try(self) -> None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            await asyncio.sleep(0.002)
            return
        writer.close()
        await writer.wait_closed()
        self._listens.set()


@pytest.fixture(autouse=True, scope="module")
def through_the_gateway() -> Iterator[None]:
    """Every world made in these modules."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(world, "_Served", Gatewayed)
        yield
