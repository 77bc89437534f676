"""What the application at hand works with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Flask, current_app

from vendor_app.usecases.collaborators import Collaborators

_KEY = "vendor_app"


@dataclass(frozen=True)
class _Installed:
    via: Collaborators
    clock: Callable[[], datetime]


def install(app: Flask, via: Collaborators, clock: Callable[[], datetime]) -> None:
    """Give an application its collaborators and its clock (aware UTC)."""
    app.extensions[_KEY] = _Installed(via, clock)


def collaborators() -> Collaborators:
    """The current application's collaborators."""
    return cast(_Installed, current_app.extensions[_KEY]).via


def now() -> datetime:
    """The time, as the current application sees it (aware UTC)."""
    return cast(_Installed, current_app.extensions[_KEY]).clock()
