"""tests/web/test_access_callbacks.py through the gateway."""

from tests.web.test_access_callbacks import *  # noqa: F403
