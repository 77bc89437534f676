"""What both partners' requests have in common: strict fields, and one readable line of complaints."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields


class StrictBoolean(fields.Field[bool]):
    """true or false; marshmallow's own Boolean also takes 1, "yes" and "on"."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Not a boolean.")
        return value


def calendar_day(text: str) -> None:
    """Only `YYYY-MM-DD`; the standard library would also take `20200101` and `2020-W01-1`."""
    try:
        if date.fromisoformat(text).isoformat() == text:
            return
    except ValueError:
        pass
    raise ValidationError("Must be a day written as YYYY-MM-DD.")


def complaints(error: ValidationError) -> str:
    """`profile.email: Not a valid email address.`, one after another."""
    return " ".join(_lines("", error.messages))


def _lines(path: str, messages: Any) -> list[str]:
    if isinstance(messages, dict):
        inner = ((f"{path}.{key}" if path else str(key), value) for key, value in messages.items())
        return [line for deeper, value in inner for line in _lines(deeper, value)]
    return [f"{path}: {message}" for message in messages]
