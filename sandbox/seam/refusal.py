"""How Seam says no."""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """Becomes Seam's `error`; `complaints` are by field."""

    def __init__(self, status: int, kind: str, message: str, complaints: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.kind, self.message, self.complaints = status, kind, message, complaints


def error_body(kind: str, message: str, complaints: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """`{"error": {"type", "message"}}`. Of the types only `unauthorized` and `invalid_input` are documented."""
    error: dict[str, Any] = {"type": kind, "message": message}
    return {"ok": False, "error": error | ({"validation_errors": dict(complaints)} if complaints else {})}


def no_such(what: str) -> Refusal:
    """404 for an access grant, an access method or a device."""
    return Refusal(404, f"{what}_not_found", f"There is no such {what.replace('_', ' ')}.")
