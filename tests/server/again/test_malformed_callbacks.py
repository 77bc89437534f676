"""tests/web/test_malformed_callbacks.py through the gateway."""

from tests.web.test_malformed_callbacks import *  # noqa: F403
