"""Mail, by SMTP: one connection a message. Raises the errors of clients/errors.py; addresses never stand in errors."""

import contextlib
import smtplib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from vendor_app.clients.errors import KeysRefused, NotEncrypted, NotSent, Refused, Unknown
from vendor_app.clients.watch import PartnerWatch
from vendor_app.domain.partners.addresses import is_loopback

_NAME, _KEY = "SMTP", "VENDOR_SMTP_URL"
_PORTS = {"smtp": 25, "smtps": 465}
_INSTEAD = "mail is not sent in clear; let VENDOR_SMTP_URL be smtps://…, a server with STARTTLS, or one on this machine"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message in plain text to one address. `key` is the same each time it is sent, and becomes its Message-ID."""

    to: str
    subject: str
    text: str
    key: str


class Mail:
    """Sends letters through the server at `smtp://[user:password@]host[:port]` or `smtps://…`.

    With `smtp` the connection is encrypted by STARTTLS before anything is sent. Only a server on this machine (by `never_leaves`)
    may be without, and then no password is sent: on a network somebody could remove the offer of STARTTLS.
    """

    def __init__(
        self,
        url: str,
        sender: str,
        timeout: timedelta,
        watch: PartnerWatch | None = None,
        *,
        never_leaves: Callable[[str], bool] = is_loopback,
    ) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "smtps"
        self._host, self._port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._may_be_plain = never_leaves(self._host)
        self._server = f"{self._host}:{self._port}"
        self._sender = sender
        self._watch = watch or PartnerWatch()
        self._timeout = timeout.total_seconds()

    def send(self, letter: Letter, now: datetime) -> None:
        """Hand the letter to the server. Raises Refused when it will never take it, NotSent when it certainly did not."""
        message = EmailMessage()
        message["From"], message["To"] = self._sender, letter.to
        message["Subject"] = " ".join(letter.subject.split())  # it has a community's name in it, which is Knock's to write
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{letter.key}@{parseaddr(self._sender)[1].rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        with self._watch.call(_KEY), self._connected() as server:
            try:
                server.send_message(message, to_addrs=[letter.to])
            except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
                raise _refusal(error) from error
            except smtplib.SMTPNotSupportedError as error:
                raise Refused(_NAME, "The server takes only addresses in plain letters.", 0) from error
            except (smtplib.SMTPException, OSError) as error:
                raise Unknown(_NAME, f"the connection to {self._server} broke while sending: {type(error).__name__}") from error

    def check(self) -> None:
        """Connect and log in, and send nothing. Raises PartnerError."""
        with self._watch.call(_KEY), self._connected():
            pass

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        try:
            server = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(_NAME, f"no connection to {self._server}: {type(error).__name__}") from error
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
            if not self._secure:
                self._encrypt(server)
            if self._user:
                server.login(self._user, self._password)
        except smtplib.SMTPAuthenticationError as error:
            raise KeysRefused(_NAME, f"{self._server} refused our user name or password: check VENDOR_SMTP_URL") from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(_NAME, f"{self._server} did not let us in: {type(error).__name__}") from error

    def _encrypt(self, server: smtplib.SMTP) -> None:
        if not server.has_extn("starttls"):
            if not self._may_be_plain:
                raise NotEncrypted(_NAME, f"{self._server} offers no STARTTLS, or the offer was taken out on the way: {_INSTEAD}")
            if self._user:
                raise KeysRefused(_NAME, "the server offers no encryption, and our password is not sent without it")
            return
        try:
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        except (smtplib.SMTPException, OSError) as error:
            raise NotEncrypted(_NAME, f"STARTTLS failed at {self._server} ({type(error).__name__}): {_INSTEAD}") from error


def _refusal(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> Refused | NotSent:
    """NotSent for 4xx (try again), Refused for 5xx. The server's words are left out, for they repeat the address."""
    codes = (
        [code for code, _ in error.recipients.values()] if isinstance(error, smtplib.SMTPRecipientsRefused) else [error.smtp_code]
    )
    code = max(codes, default=500)
    if code < 500:
        return NotSent(_NAME, f"not now (code {code})")
    return Refused(_NAME, "The message was refused.", code)
