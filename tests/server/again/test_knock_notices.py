"""tests/web/test_knock_notices.py through the gateway."""

from tests.web.test_knock_notices import *  # noqa: F403
