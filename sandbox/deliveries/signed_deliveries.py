"""What can happen to signed messages on their way to the vendor; mixed into each lock system."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import requests

from sandbox.deliveries.notice_sender import Notice, NoticeSender, PreparedRequest, deliver
from sandbox.times import Clock

Writer = Callable[[str, Clock], Callable[[Notice], PreparedRequest]]  # secret and clock → how a notice becomes body and headers


class Deliveries:
    """Messages wait in a sender's queue. `duplicates`: from now on each goes out twice, under one id."""

    duplicates = False

    def __init__(self, sender: NoticeSender, url: str, secret: str, writer: Writer, clock: Clock) -> None:
        self._sender, self._url, self._secret = sender, url, secret
        self._writer, self._clock = writer, clock

    @property
    def callbacks_paused(self) -> bool:
        """While True, messages are queued and not sent: they come late."""
        return self._sender.paused

    @callbacks_paused.setter
    def callbacks_paused(self, value: bool) -> None:
        """Pause, or go on."""
        self._sender.paused = value

    def reverse(self) -> None:
        """What waits goes out last first. Pause before, or there is little to turn around."""
        self._sender.reverse()

    def send(
        self,
        event_type: str,
        details: dict[str, Any],
        message_id: str | None = None,
        sent_at: datetime | None = None,
        secret: str | None = None,
        signed: bool = True,
    ) -> int:
        """Send one message now, past the queue, and give the vendor's status (0: no answer).

        For what a lock system would not do by itself: the same id twice, a time long gone, somebody else's secret, no
        signature.
        """
        moment = sent_at or self._clock()
        notice = Notice(lane="", content=self._content(event_type, details, moment))
        notice.message_id = message_id or notice.message_id
        body, headers = self._writer(secret or self._secret, lambda: moment)(notice)
        with requests.Session() as session:
            session.trust_env = False
            return deliver(session, self._url, body, headers if signed else {})

    def _put(self, lane: str, content: dict[str, Any]) -> None:
        self._sender.put(lane, content, copies=2 if self.duplicates else 1)

    def _content(self, event_type: str, details: dict[str, Any], moment: datetime) -> dict[str, Any]:
        """A message of this lock system's, of that moment; `details` are its data, or replace any field."""
        raise NotImplementedError
