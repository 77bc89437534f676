"""A mail server that delivers to nobody: what arrives is kept, written to a folder, and shown on a page."""

import itertools
import threading
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

_NEWEST = 200


@dataclass(frozen=True)
class Mail:
    """A message as it arrived."""

    to: str
    subject: str
    text: str


class PostOffice:
    """`.mails`, newest last. `refuses` is an answer it gives instead of taking a message, such as `550 no such mailbox`."""

    refuses = ""

    def __init__(self, folder: Path | None = None) -> None:
        self.mails: list[Mail] = []
        self._folder, self._numbers, self._lock = folder, itertools.count(1), threading.Lock()
        self._server: Controller | None = None

    def open(self, port: int, host: str = "127.0.0.1") -> None:
        """Listen. Raises OSError when the port is taken."""
        self._server = Controller(self, hostname=host, port=port, ready_timeout=10)
        self._server.start()

    def close(self) -> None:
        """Stop listening; what has come stays."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    async def handle_DATA(self, server: "SMTP", session: "Session", envelope: "Envelope") -> str:
        """Called by aiosmtpd for every message."""
        if self.refuses:
            return self.refuses
        content: Any = envelope.content or b""
        message = message_from_bytes(
            content if isinstance(content, bytes) else content.encode(), _class=EmailMessage, policy=default
        )
        body = message.get_body(("plain",))
        mail = Mail(", ".join(envelope.rcpt_tos), str(message["Subject"] or ""), str(body.get_content()) if body else "")
        with self._lock:
            self.mails = [*self.mails[-_NEWEST:], mail]
            self._write(bytes(message))
        return "250 OK"

    def _write(self, content: bytes) -> None:
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        names = (self._folder / f"{number:04d}.eml" for number in self._numbers)
        file = next(name for name in names if not name.exists())
        file.touch(mode=0o600)  # one-time codes are in it
        file.write_bytes(content)
