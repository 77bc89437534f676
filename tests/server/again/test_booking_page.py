"""tests/web/test_booking_page.py through the gateway."""

from tests.web.test_booking_page import *  # noqa: F403
