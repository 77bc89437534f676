"""What is wrong with the value of a setting, as the end of a sentence that begins with its name; empty when nothing is."""

import base64
from email.utils import parseaddr
from urllib.parse import urlsplit

from vendor_app.domain.partners.addresses import host_of, is_loopback


def address_problem(value: str, *, plain_allowed: bool) -> str:
    """Why a partner must not be called at this address; empty when it may. Keys and prospects' data travel there."""
    if problem := http_url(value):
        return problem
    if value.lower().startswith("https:") or plain_allowed or is_loopback(host_of(value)):
        return ""
    return "must be https: plain http can be read by others on the way (VENDOR_ALLOW_PLAIN_HTTP=1 allows it)"


def http_url(value: str) -> str:
    """An address that browsers take."""
    return "" if _is_url(value, "http", "https") else "must be an http(s) address"


def smtp_url(value: str) -> str:
    """A mail server, with user and password where it wants them."""
    known = _is_url(value, "smtp", "smtps")
    return "" if known else "must look like smtp://user:password@host:587 or smtps://host"


def mail_from(value: str) -> str:
    """A sender's address, maybe with a name."""
    address = parseaddr(value)[1]
    return "" if "@" in address and value.isprintable() else "must be an address, as in Tours <tours@example.com>"


def gateway(value: str) -> str:
    """An address of mails that become text messages."""
    return "" if "{phone}" in value.partition("@")[0] and value.isprintable() else "must look like {phone}@sms.example.com"


def database_url(value: str) -> str:
    """SQLite or PostgreSQL."""
    known = value.startswith(("sqlite:///", "postgresql://", "postgres://")) and not value.endswith("///")
    return "" if known else "must look like sqlite:///var/vendor.db or postgresql://user:password@host/name"


def header(value: str) -> str:
    """What travels in a header."""
    return "" if value.isascii() and value.isprintable() else "must be plain ASCII: it travels in a header"


def long_enough(value: str) -> str:
    """A secret that nobody guesses."""
    return "" if len(value) >= 16 else "must be at least 16 characters; make one with `openssl rand -hex 32`"


def secrets(value: str) -> str:
    """Secrets of Standard Webhooks."""
    return "" if all(map(_is_secret, value.split())) else "must be space-separated secrets: whsec_ and base64"


def _is_secret(text: str) -> bool:
    try:
        return text.startswith("whsec_") and bool(base64.b64decode(text.removeprefix("whsec_"), validate=True))
    except ValueError:
        return False


def _is_url(value: str, *schemes: str) -> bool:
    try:
        url = urlsplit(value)
        return url.scheme in schemes and bool(url.hostname) and url.port != 0
    except ValueError:
        return False
