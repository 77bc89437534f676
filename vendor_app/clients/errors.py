"""Failures of a partner's call, typed by what to do next. Messages never carry bodies, keys or addresses with queries."""

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
    """429: no effect; not before `retry_after`."""

    def __init__(self, call: str, message: str, retry_after: timedelta | None) -> None:
        super().__init__(call, message)
        self.retry_after = retry_after


class Refused(PartnerError):
    """The partner's no (any other 4xx). `message` is for whoever asked, for it may repeat what they gave.

    `fields` are those of the request that the partner names as wrong, by its own names. `is_final`: nobody needs to ask again.
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
        """There is no such thing, says the partner."""
        return self.status in (404, 410)

    @property
    def reason(self) -> str:
        """What operators may read: the message without anything that looks like an e-mail address or a phone number."""
        return f"{self}: {without_contact_data(self.message)}"


class DetailsRefused(Refused):
    """What the prospect gave about themselves is not taken; `fields` by the names of Knock's profile."""


class NoSuchProspect(Refused):
    """Knock has no such prospect (Get Prospect, "Prospect does not exist")."""


class MalformedProspectId(Refused):
    """The id is no prospect's: they are numbers (Get Prospect, "Malformed Prospect Id"). It is ours to learn the right one."""


class Unknown(PartnerError):
    """Read timeout, connection lost after sending, 5xx or an unreadable answer: it may or may not have had its effect.

    `said` and `code` are the partner's own words, where the answer had any; `retry_after` its wish when to be asked again.
    """

    retry_after: timedelta | None = None

    def __init__(self, call: str, message: str, status: int = 0, said: str = "", code: str | None = None) -> None:
        super().__init__(call, message)
        self.status = status
        self.said = said
        self.code = code


class TimedOut(Unknown):
    """No answer, or not all of it, in time."""
