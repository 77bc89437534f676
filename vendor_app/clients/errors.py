"""Failures of a call to a partner, typed by what to do next. Messages never carry bodies, keys or addresses with queries."""

import re
from collections.abc import Sequence
from datetime import timedelta

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_NUMBER = re.compile(r"\+?\d[\d ().\-]{5,}\d")


def without_contact_data(text: str) -> str:
    """The text without anything that looks like an e-mail address or a phone number."""
    return _NUMBER.sub("…", _ADDRESS.sub("…", text))


class PartnerError(Exception):
    """A call to a partner failed. `call` names it; `message` is the partner's own word where it gave one."""

    def __init__(self, call: str, message: str) -> None:
        super().__init__(f"{call}: {message}")
        self.call = call
        self.message = message


class NotSent(PartnerError):
    """The call certainly had no effect; try again later."""

    retry_after: timedelta | None = None


class KeysRefused(NotSent):
    """401 or 403: our keys are wrong; an operator must act, then it works."""


class NotEncrypted(NotSent):
    """The connection is not encrypted, so nothing was sent; an operator must act, then it works."""


class Throttled(NotSent):
    """429: no effect; try again after `retry_after`."""

    def __init__(self, call: str, message: str, retry_after: timedelta | None) -> None:
        super().__init__(call, message)
        self.retry_after = retry_after


class Refused(PartnerError):
    """The partner refuses (any other 4xx). `message` is for whoever asked only, for it may repeat what they gave.

    `fields` are those of the request that the partner names as wrong, by its own names. `is_final`: asking again is useless.
    """

    is_final = False

    def __init__(self, call: str, message: str, status: int, code: str | None = None, fields: Sequence[str] = ()) -> None:
        super().__init__(call, f"refused with status {status}" + (f" ({code})" if code else ""))
        self.fields = list(fields)
        self.message = message or f"The request was refused (status {status})."
        self.said = message
        self.status = status
        self.code = code

    @property
    def is_gone(self) -> bool:
        """Whether the partner says that there is no such thing."""
        return self.status in (404, 410)

    @property
    def reason(self) -> str:
        """What operators may read: the message without anything that looks like an e-mail address or a phone number."""
        return f"{self}: {without_contact_data(self.message)}"


class DetailsRefused(Refused):
    """Some of the prospect's details are refused; `fields` by the names of Knock's profile."""


class NoSuchProspect(Refused):
    """Knock has no such prospect (Get Prospect, "Prospect does not exist")."""


class MalformedProspectId(Refused):
    """The id that we sent cannot be a prospect's: those are numbers (Get Prospect, "Malformed Prospect Id")."""


class Unknown(PartnerError):
    """Read timeout, connection lost after sending, 5xx or an unreadable answer: the call may or may not have had its effect.

    `said` and `code` are the partner's message and code, where the answer had any; `retry_after` its Retry-After.
    """

    retry_after: timedelta | None = None

    def __init__(self, call: str, message: str, status: int = 0, said: str = "", code: str | None = None) -> None:
        super().__init__(call, message)
        self.status = status
        self.said = said
        self.code = code


class TimedOut(Unknown):
    """The answer did not come, or not all of it, in time."""
