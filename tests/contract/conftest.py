"""A misbehaving partner and a sandbox, both with the keys of the documents, and our client pointed at either."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox import Sandbox, SandboxSettings
from tests.clients.conftest import wire
from tests.clients.wire import Wire
from tests.contract.scenes import Stage
from tests.fixtures import knock as example
from tests.sandbox.conftest import clock, sandbox, url, vendor
from tests.sandbox.conftest import settings as settings_of_the_sandboxs_tests
from tests.sandbox.stage import Clock
from vendor_app.clients.knock.client import Knock

__all__ = ["clock", "sandbox", "settings_of_the_sandboxs_tests", "url", "vendor", "wire"]

APPOINTMENT_KEY = example("call_appointment_request")["headers"]["x-api-key"]
PROSPECT_KEY = example("call_prospect")["headers"]["x-api-key"]


@pytest.fixture
def settings(settings_of_the_sandboxs_tests: SandboxSettings) -> SandboxSettings:
    """The sandbox's, with the documents' keys."""
    return replace(settings_of_the_sandboxs_tests, appointment_key=APPOINTMENT_KEY, prospect_key=PROSPECT_KEY)


@pytest.fixture
def knock(wire: Wire) -> Knock:
    """Our client at the partner that answers what it is told to."""
    return Knock(wire.url, APPOINTMENT_KEY, PROSPECT_KEY, timedelta(seconds=10))


@pytest.fixture
def knock_of_the_sandbox(url: str) -> Knock:
    """Our client at the sandbox."""
    return Knock(f"{url}/knock", APPOINTMENT_KEY, PROSPECT_KEY, timedelta(seconds=10))


@pytest.fixture
def stage(sandbox: Sandbox, clock: Clock) -> Stage:
    """Where a scene is set in the sandbox."""
    return Stage(sandbox, clock)
