"""What the handlers of outbox messages share. A handler takes (collaborators, message, now) and returns what to record.

A handler raises PartnerError when the partner failed (Refused: for good), or NotYet when it is too early to tell.
"""

from collections.abc import Callable
from datetime import datetime

from vendor_app.domain import Message
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators

Record = Callable[[Tables], None]


class NotYet(Exception):
    """The message waits until then and is tried again; `is_failing` when an operator must know if that lasts."""

    def __init__(self, why: str, until: datetime, *, is_failing: bool = False) -> None:
        super().__init__(why)
        self.until = until
        self.is_failing = is_failing


def nothing_to_do(_: Tables) -> None:
    """The record of a message that is not needed any more."""


def renew_lease(via: Collaborators, tx: Tables, message: Message) -> None:
    """Renew the lease before sending what must not go out twice. Raises NotYet when another worker has the message by now."""
    now = via.clock()
    if not tx.outbox.renew_lease(message, now):
        raise NotYet("another worker has this message", now)
