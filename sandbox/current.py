"""The sandbox that a request belongs to."""

from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from sandbox.sandbox import Sandbox

EXTENSION = "sandbox"


def current() -> "Sandbox":
    """For views only: needs an application context."""
    return cast("Sandbox", current_app.extensions[EXTENSION])
