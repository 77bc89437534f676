"""How Propexo says no."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any


class Refusal(Exception):
    """Becomes Propexo's `error`; `details` are the complaints by field."""

    def __init__(self, status: int, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.details = status, message, dict(details or {})


def error_body(status: int, message: str, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """`{"error": {"code", "message", "details"}}`; the codes' own names are not documented."""
    return {"error": {"code": HTTPStatus(status).name, "message": message, "details": dict(details or {})}}
