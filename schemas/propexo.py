"""Propexo's answers, snake_case (Create Appointment: Knock, and its public pages on failures and write status)."""

import re
import unicodedata
from collections.abc import Mapping
from textwrap import shorten
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, pre_load, validate

from schemas.base import Id, one_line

WRITE_STATES = ("PENDING", "SUCCESS", "PARTIAL_SUCCESS", "FAILURE")
_WITHOUT_A_WORD = "an error without a message"
_WORDS = ("message", "error", "detail", "description", "code")
_CODE = re.compile(r"[a-z][\w.:/-]{0,99}|[0-9]{1,5}", re.ASCII | re.IGNORECASE)
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,49}")
_MOST_ERRORS, _LONGEST_ERROR, _LONGEST_LOOKED_AT = 20, 500, 5000


def plain_text(text: str) -> str:
    """Text that any system can store and show: control characters and lone surrogates are replaced, the rest is as it was."""
    return "".join(
        one if unicodedata.category(one) not in ("Cc", "Cs") else " " if one.isspace() else "\N{REPLACEMENT CHARACTER}"
        for one in text
    )


class _PropexoSchema(Schema):
    class Meta:
        unknown = EXCLUDE


class Failure(_PropexoSchema):
    """A failure's body, `{"error": {"code", "message", "details"}}`, as Knock's `Refusal` names it.

    Of `details`, which may quote what was sent, only the names of fields are kept; a code that does not look like one is left
    out.
    """

    error = fields.Dict(required=True)

    @post_load
    def _flat(self, loaded: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        message, code, details = (loaded["error"].get(name) for name in ("message", "code", "details"))
        named = str(code) if isinstance(code, str | int) else ""
        fields_named = [name for name in details if isinstance(name, str)] if isinstance(details, Mapping) else []
        return {
            "error_fields": [name for name in fields_named if _FIELD.fullmatch(name)],
            "error_message": plain_text(message[:_LONGEST_LOOKED_AT]) if isinstance(message, str) else "",
            "error_code": named if _CODE.fullmatch(named) else None,
        }


class QueuedWrite(_PropexoSchema):
    """A write was queued: `{"meta": {"job_id"}, "result"}`, or `job_id` on top as Propexo's generic endpoints have it."""

    job_id = Id(required=True, validate=one_line(200))

    @pre_load
    def _either_place(self, answer: Any, **_: Any) -> Any:
        if not isinstance(answer, Mapping):
            raise ValidationError("Not an object.")
        meta = answer.get("meta")
        return {**answer, **meta} if isinstance(meta, Mapping) and meta.get("job_id") else answer


class WriteStatus(_PropexoSchema):
    """`GET /v1/admin/write-status/{job_id}`. `errors` become short texts, whether they come as texts or as objects."""

    write_status = fields.String(required=True, validate=validate.OneOf(WRITE_STATES))
    errors = fields.Raw(load_default=None, allow_none=True)
    created_record_id = Id(load_default=None, allow_none=True, validate=one_line(200))

    @pre_load
    def _no_id(self, answer: Any, **_: Any) -> Any:
        """Take an empty id as None."""
        empty = isinstance(answer, Mapping) and answer.get("created_record_id") == ""
        return {**answer, "created_record_id": None} if empty else answer

    @post_load
    def _as_texts(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        errors = loaded["errors"]
        listed = errors if isinstance(errors, list) else [errors] if errors else []
        return {**loaded, "errors": [_shortened(_message_of(one)) for one in listed[:_MOST_ERRORS]]}


def _message_of(error: Any) -> str:
    """The first text in an error object; the whole object is never shown, for it may quote a prospect's details."""
    candidates = [error.get(name) for name in _WORDS] if isinstance(error, Mapping) else [error]
    return next((one for one in candidates if isinstance(one, str) and one.strip()), _WITHOUT_A_WORD)


def _shortened(text: str) -> str:
    """The text cut between words: half an e-mail address would not be recognised where those are removed."""
    return shorten(plain_text(text[:_LONGEST_LOOKED_AT]), _LONGEST_ERROR, placeholder=" …", break_on_hyphens=False)
