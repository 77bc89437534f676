"""tests/web/test_api_booking.py through the gateway."""

from tests.web.test_api_booking import *  # noqa: F403
