"""Mail, by SMTP: one connection a message. Raises the family of clients/errors.py; addresses never stand in errors."""

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from vendor_app.clients.errors import KeysRefused, NotSent, Refused, Unknown

_NAME = "SMTP"
_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message in plain text to one address. `key` is the same each time it is sent, and becomes its Message-ID."""

    to: str
    subject: str
    text: str
    key: str


class Mail:
    """Sends letters through the server at `smtp://[user:password@]host[:port]` or `smtps://…`.

    With `smtp` the connection is encrypted where the server offers it (STARTTLS), and must be where a password is sent.
    """

    def __init__(self, url: str, sender: str, timeout: timedelta) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "smtps"
        self._host, self._port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = sender
        self._timeout = timeout.total_seconds()

    def send(self, letter: Letter, now: datetime) -> None:
        """Hand it to the server. Refused when the server will never take it, NotSent when it certainly did not."""
        message = EmailMessage()
        message["From"], message["To"] = self._sender, letter.to
        message["Subject"] = " ".join(letter.subject.split())  # it has a community's name in it, which is Knock's to write
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{letter.key}@{parseaddr(self._sender)[1].rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        with self._connected() as server:
            try:
                server.send_message(message, to_addrs=[letter.to])
            except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
                raise _refusal(error) from error
            except smtplib.SMTPNotSupportedError as error:
                raise Refused(_NAME, "The server takes only addresses in plain letters.", 0) from error
            except (smtplib.SMTPException, OSError) as error:
                raise Unknown(_NAME, f"the connection broke while sending: {type(error).__name__}") from error

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        try:
            server = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(_NAME, f"no connection: {type(error).__name__}") from error
        with contextlib.closing(server):
            self._log_in(server)
            yield server
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()  # it has been taken: how the connection ends does not matter

    def _connect(self) -> smtplib.SMTP:
        if self._secure:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=ssl.create_default_context())
        return smtplib.SMTP(self._host, self._port, timeout=self._timeout)

    def _log_in(self, server: smtplib.SMTP) -> None:
        try:
            server.ehlo_or_helo_if_needed()
            if not self._secure and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            elif not self._secure and self._user:
                raise KeysRefused(_NAME, "the server offers no encryption, and our password is not sent without it")
            if self._user:
                server.login(self._user, self._password)
        except smtplib.SMTPAuthenticationError as error:
            raise KeysRefused(_NAME, "our user name or password was refused (VENDOR_SMTP_URL)") from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(_NAME, f"the server did not let us in: {type(error).__name__}") from error


def _refusal(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> Refused | NotSent:
    """4xx is for now, 5xx for good. The server's words repeat the address: they are left out."""
    codes = (
        [code for code, _ in error.recipients.values()] if isinstance(error, smtplib.SMTPRecipientsRefused) else [error.smtp_code]
    )
    code = max(codes, default=500)
    if code < 500:
        return NotSent(_NAME, f"not now (code {code})")
    return Refused(_NAME, "The message was refused.", code)
