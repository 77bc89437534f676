"""Fields, validators and base schemas that the other modules share."""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

import phonenumbers
from marshmallow import EXCLUDE, Schema, ValidationError, fields


def camel_case(name: str) -> str:
    """`start_time` as `startTime`."""
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


class CamelSchema(Schema):
    """Names are camelCase outside; unknown fields are refused."""

    also: ClassVar[dict[str, Any]] = {}
    """Conditions between fields, as JSON Schema; for /openapi.json."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Give every field its outside name."""
        field_obj.data_key = field_obj.data_key or camel_case(field_name)


class PartnerSchema(CamelSchema):
    """A partner's document: unknown fields are ignored, for partners may add some."""

    class Meta:
        unknown = EXCLUDE


class AnswerSchema(CamelSchema):
    """A document we give out. We may add fields, which clients must ignore."""

    class Meta:
        unknown = EXCLUDE


class Whole(fields.Integer):
    """A whole number and nothing else: neither 3.9 nor "3" nor true."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Flag(fields.Boolean):
    """true or false and nothing else: "yes" is no consent."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Instant(fields.AwareDateTime):
    """A point in time with its offset, in a plausible year."""

    described: ClassVar[dict[str, Any]] = {
        "pattern": r"^(2[01]\d\d|2200)-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$"
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        loaded = super()._deserialize(value, attr, data, **kwargs)
        if not 2000 <= loaded.year <= 2200:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return loaded


class MaybeInstant(Instant):
    """An Instant that may be missing: the year 1, which some systems send for "no time", becomes None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(load_default=None, allow_none=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return None if str(value).startswith("0001-01-01") else super()._deserialize(value, attr, data, **kwargs)


class Id(fields.String):
    """A partner's id: text, though some answers carry it as a number."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        text = str(super()._deserialize(value, attr, data, **kwargs))
        if not 0 < len(text) <= 200:
            raise ValidationError("Must have 1 to 200 characters.")
        return text


class Described:
    """A validator with the same check as JSON Schema, as far as that can express it."""

    def __init__(self, check: Callable[[str], None], **described: Any) -> None:
        self._check = check
        self.described = described

    def __call__(self, value: str) -> None:
        """Raises ValidationError."""
        self._check(value)


_ONE_LINE = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"


def one_line(longest: int) -> Described:
    """A validator for text a person types: 1 to `longest` characters, none of them a control character, and not only spaces."""

    def check(text: str) -> None:
        if not text.strip() or len(text) > longest:
            raise ValidationError(f"Must have 1 to {longest} characters.")
        if any(unicodedata.category(one) in ("Cc", "Cs") for one in text):
            raise ValidationError("Must not contain control characters.")

    return Described(check, minLength=1, maxLength=longest, pattern=_ONE_LINE)


_LOOKS_LIKE_A_PHONE = re.compile(r"^\+?[0-9 ().\-/]{7,40}$")


def _phone_number(text: str) -> None:
    try:
        possible = phonenumbers.is_possible_number(phonenumbers.parse(text, "US"))
    except phonenumbers.NumberParseException:
        possible = False
    if not possible or not _LOOKS_LIKE_A_PHONE.fullmatch(text):
        raise ValidationError("Not a phone number we can call; give it with its area code and no extension.")


phone_number = Described(_phone_number, pattern=_LOOKS_LIKE_A_PHONE.pattern)
"""A validator for phone numbers; those without a country code are taken as North American."""

# Only addresses that every mail server takes and every mail program reads alike: `=?` begins an encoded word, prospects have no
# quoted names and no machine addresses in brackets, and letters beyond ASCII need SMTPUTF8.
_ATOM = r"([A-Za-z0-9!#$%&'*+/?^_`{|}~\-]|=(?!\?))+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
_MAIL_ADDRESS = re.compile(rf"^{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+[A-Za-z][A-Za-z0-9\-]{{0,61}}[A-Za-z0-9]$")


def _mail_address(text: str) -> None:
    if len(text) > 254 or len(text.partition("@")[0]) > 64:
        raise ValidationError("This e-mail address is too long to be delivered.")
    if not _MAIL_ADDRESS.fullmatch(text):
        raise ValidationError("Not an e-mail address we can write to; give it in plain letters, as in jane@example.com.")


mail_address = Described(_mail_address, minLength=6, maxLength=254, pattern=_MAIL_ADDRESS.pattern)
"""A validator for e-mail addresses that our mail client can send to."""


def field_errors(messages: Any, prefix: str = "") -> dict[str, list[str]]:
    """marshmallow's nested messages as one level: `{"profile.email": ["Not a valid email address."]}`."""
    if not isinstance(messages, dict):
        return {prefix or "body": [str(one) for one in (messages if isinstance(messages, list) else [messages])]}
    flat: dict[str, list[str]] = {}
    for name, inner in messages.items():
        path = prefix if name == "_schema" else f"{prefix}.{name}" if prefix else str(name)
        flat.update(field_errors(inner, path))
    return flat
