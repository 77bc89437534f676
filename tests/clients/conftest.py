"""A misbehaving partner, and our clients pointed at it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.clients.tls import Tls
from tests.clients.wire import Wire
from vendor_app.clients.knock.client import Knock
from vendor_app.clients.locks.http_lock import HttpLock

APPOINTMENT_KEY, PROSPECT_KEY = "appointment-key-of-the-tests", "prospect-key-of-the-tests"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# Nobody is late but by intention, however busy the machine is; only who is told to hurry gives up.
TIMEOUT, HURRY = timedelta(seconds=30), timedelta(seconds=1)


@pytest.fixture
def wire() -> Iterator[Wire]:
    """The partner."""
    made = Wire()
    yield made
    made.close()


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[Tls]:
    """A partner behind TLS, for one connection."""
    made = Tls(tmp_path)
    yield made
    made.close()


@pytest.fixture
def knock(wire: Wire) -> Knock:
    """Knock's client."""
    return Knock(wire.url, APPOINTMENT_KEY, PROSPECT_KEY, TIMEOUT)


@pytest.fixture
def hurried(wire: Wire) -> Knock:
    """Knock's client that gives up soon."""
    return Knock(wire.url, APPOINTMENT_KEY, PROSPECT_KEY, HURRY)


@pytest.fixture
def lock(wire: Wire) -> HttpLock:
    """The lock system's client."""
    return HttpLock(f"{wire.url}/lock", SECRET, TIMEOUT)
