"""A community's table in the operator's file (docs/communities.md), and the same table as it is stored.

What is loaded has the names and types of `vendor_app.domain.communities`, and only the keys that the table has. All mistakes are
reported at once, unknown keys included.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields as names_of
from datetime import time, timedelta
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate, validates_schema

from schemas.base import Flag, Whole, one_line, phone_number
from vendor_app.domain import Channel, Door, LockKind, PropexoRules, Rules, Verification

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OF_SLOTS = frozenset(one.name for one in names_of(Rules))
_HOURS = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)", re.ASCII)
_TEXT: dict[str, Any] = {"required": "Missing.", "invalid": "Must be text in quotes."}
_ONE_UNIT: dict[str, Any] = {
    "invalid": "Must be one unit, as text in quotes: a door belongs to one unit, or to none when everybody takes it."
}
_DOORS: dict[str, Any] = {"invalid": "Must be tables, each under its own [[community.….doors]]."}


def unknown_key(name: str, known: Iterable[str]) -> str:
    """The message about an unknown key."""
    near = difflib.get_close_matches(name.lower(), known := list(known), n=1)
    return f"Unknown key; did you mean {near[0]}?" if near else f"Unknown key; known are {', '.join(known)}."


class _Table(Schema):
    class Meta:
        unknown = EXCLUDE

    error_messages = {"type": "Must be a table."}  # noqa: RUF012 - marshmallow's own way

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _known_keys_only(self, _: Any, table: Any, **__: Any) -> None:
        if unknown := [name for name in _table(table) if name not in self.fields]:
            raise ValidationError({name: [unknown_key(name, self.fields)] for name in unknown})


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _name_or_id(longest: int) -> Callable[[str], None]:
    """A validator for one line of text without spaces around it."""
    is_one_line = one_line(longest)

    def check(text: str) -> None:
        is_one_line(text)
        if text != text.strip():
            raise ValidationError("Must not begin or end with a space.")

    return check


def _any_text(text: str) -> None:
    # Titles are compared and sent byte for byte; only NUL cannot be stored.
    if not text or "\0" in text:
        raise ValidationError("Must have at least one character, and no NUL.")


def _named(longest: int = 200, **options: Any) -> fields.String:
    return fields.String(validate=_name_or_id(longest), **{"error_messages": _TEXT, **options})


class _Number(Whole):
    """A whole number in a range, times its unit."""

    def __init__(self, least: int, most: int, unit: timedelta | int = 1, **options: Any) -> None:
        super().__init__(error_messages={"invalid": "Must be a whole number."}, **options)
        self._in_range = validate.Range(least, most, error="Must be from {min} to {max}.")
        self._unit = unit

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return self._in_range(super()._deserialize(value, attr, data, **kwargs)) * self._unit


class _Choice(fields.Enum[Any]):
    def __init__(self, kinds: Any) -> None:
        super().__init__(kinds, by_value=fields.String(error_messages=_TEXT))


class _Opening(fields.String):
    """`"09:00-19:00"` as two times of day."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        found = _HOURS.fullmatch(super()._deserialize(value, attr, data, **kwargs))
        try:
            opens, closes = map(time.fromisoformat, found.groups() if found else ())
        except ValueError as error:
            raise ValidationError('Must be two times of day from 00:00 to 23:59, as in "09:00-19:00".') from error
        if opens >= closes:
            raise ValidationError("Must open before it closes.")
        return opens, closes


class _Hours(_Table):
    mon, tue, wed, thu, fri, sat, sun = (_Opening(error_messages=_TEXT) for _ in WEEKDAYS)

    @post_load
    def _by_number(self, loaded: dict[str, Any], **_: Any) -> dict[int, Any]:
        return {WEEKDAYS.index(day): opening for day, opening in loaded.items()}


class _Titles(fields.Field[dict[str, str]]):
    """Source title → attribution."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise ValidationError("Must be a table.")
        problems: dict[str, Any] = {}
        for title, attribution in value.items():
            try:
                _any_text(title)
                _named().deserialize(attribution)
            except ValidationError as error:
                problems[title] = error.messages
        if problems:
            raise ValidationError(problems)
        return value


class _Door(_Table):
    name = _named(required=True)
    device = _named(required=True)
    unit = _named(50, error_messages=_ONE_UNIT)

    @post_load
    def _made(self, loaded: dict[str, Any], **_: Any) -> Door:
        return Door(**loaded)


class _Propexo(_Table):
    integration_id = _named(required=True)
    community_id = _named(required=True)
    attribution_id = _named(required=True)
    attributions = _Titles()
    tour_type = _named()
    first_contact_type = _named()

    @post_load
    def _made(self, loaded: dict[str, Any], **_: Any) -> PropexoRules:
        return PropexoRules(**loaded)


class CommunityTable(_Table):
    """`[community.…]`, loaded as CommunityRules has it; `slots` is a dict of what is given of its Rules."""

    enabled = Flag(error_messages={"invalid": "Must be true or false."})
    tour_minutes = _Number(1, 1440, timedelta(minutes=1), attribute="tour")
    notice_minutes = _Number(0, 525_600, timedelta(minutes=1), attribute="notice")
    horizon_days = _Number(1, 3650, timedelta(days=1), attribute="horizon")
    max_concurrent_tours = _Number(1, 1000, attribute="max_concurrent")
    default_source_title = fields.String(validate=_any_text, error_messages=_TEXT)
    hours = fields.Nested(_Hours)
    channel = _Choice(Channel)
    lock = _Choice(LockKind)
    help_phone = fields.String(validate=phone_number, error_messages=_TEXT)
    require_verified = _Choice(Verification)
    doors = fields.List(fields.Nested(_Door), error_messages=_DOORS)
    propexo = fields.Nested(_Propexo)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _propexo_has_its_ids(self, _: Any, table: Any, **__: Any) -> None:
        if _table(table).get("channel") == Channel.PROPEXO and "propexo" not in _table(table):
            raise ValidationError('Missing: channel = "propexo" needs this table.', "propexo")

    @post_load
    def _nested(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        slots = {name: loaded.pop(name) for name in _OF_SLOTS & loaded.keys()}
        doors = {"doors": tuple(loaded.pop("doors"))} if "doors" in loaded else {}
        return {**loaded, **doors, "slots": slots}


def problems_of(messages: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """marshmallow's nested messages as pairs of a path into the table and what is wrong there."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from problems_of(inner, path if name == "_schema" else (*path, name))
        return
    for one in messages if isinstance(messages, list) else [messages]:
        yield path, str(one)
