"""Failures of a partner's call, typed by what to do next. Messages never carry bodies, keys or addresses with queries."""

from datetime import timedelta


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


class Throttled(NotSent):
    """429: no effect; not before `retry_after`."""

    def __init__(self, call: str, message: str, retry_after: timedelta | None) -> None:
        super().__init__(call, message)
        self.retry_after = retry_after


class Refused(PartnerError):
    """The partner's final no (any other 4xx)."""

    def __init__(self, call: str, message: str, status: int, code: str | None = None) -> None:
        super().__init__(call, message)
        self.status = status
        self.code = code


class Unknown(PartnerError):
    """Read timeout, connection lost after sending, 5xx or an unreadable answer: it may or may not have had its effect."""
