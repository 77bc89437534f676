"""Every setting in one frozen value. Only wsgi.py, jobs/__main__.py and the launchers read the environment."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parseaddr
from functools import partial
from urllib.parse import urlsplit

from vendor_app.domain.communities import CommunityRules, LockKind
from vendor_app.domain.partners.addresses import host_of, is_loopback, normalised
from vendor_app.domain.partners.known import Partner
from vendor_app.domain.slots import Rules

PREFIX = "VENDOR_"


class ConfigError(Exception):
    """The settings cannot be used; the message names every missing or bad variable at once."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings, named as the `VENDOR_…` variables are; spans as timedeltas. The README explains each."""

    secret_key: str = field(repr=False)
    knock_base_url: str
    knock_appointment_key: str = field(repr=False)
    knock_prospect_key: str = field(repr=False)
    knock_webhook_token: str = field(repr=False)
    database_url: str = "sqlite:///var/vendor.db"
    database_pool: int = 8
    public_url: str = "http://127.0.0.1:8000"
    access_url: str = ""
    access_webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    seam_base_url: str = "https://connect.getseam.com"
    seam_key: str = field(default="", repr=False)
    seam_webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    sms_gateway: str = ""
    secret_keys_before: tuple[str, ...] = field(default=(), repr=False)
    propexo_base_url: str = ""
    propexo_token: str = field(default="", repr=False)
    tour: timedelta = timedelta(minutes=30)
    notice: timedelta = timedelta(0)
    early: timedelta = timedelta(minutes=10)
    late: timedelta = timedelta(minutes=10)
    settle: timedelta = timedelta(seconds=120)
    recheck: timedelta = timedelta(seconds=60)
    access_deadline: timedelta = timedelta(minutes=15)
    max_concurrent_tours: int = 1
    bookings_per_hour: int = 30
    knock_timeout: timedelta = timedelta(seconds=15)
    trusted_proxies: int = 0
    messages_in_flight: int = 32
    clock_grace: timedelta = timedelta(minutes=5)
    allow_plain_http: bool = False

    @property
    def pause(self) -> timedelta:
        """Between two looks whether something we wait for has come."""
        return max(self.recheck, timedelta(seconds=1))

    @property
    def partners(self) -> dict[Partner, str]:
        """The address of each partner that is connected, in its one spelling."""
        connected = {
            Partner.KNOCK: self.knock_base_url,
            Partner.PROPEXO: self.propexo_base_url,
            Partner.HTTP: self.access_url,
            Partner.SEAM: self.seam_base_url if self.seam_key else "",
        }
        return {partner: normalised(url) for partner, url in connected.items() if url}

    @property
    def partner_keys(self) -> frozenset[str]:
        """The settings that hold our keys at the partners that are connected."""
        held = {
            "KNOCK_APPOINTMENT_KEY": True,
            "KNOCK_PROSPECT_KEY": True,
            "PROPEXO_TOKEN": self.propexo_base_url,
            "ACCESS_WEBHOOK_SECRETS": self.access_url,
            "SEAM_KEY": self.seam_key,
            "SMTP_URL": self.smtp_url,
        }
        return frozenset(f"{PREFIX}{name}" for name, connected in held.items() if connected)

    @property
    def default_rules(self) -> CommunityRules:
        """The rules of a community that has none of its own, and what its own leave out."""
        slots = Rules(tour=self.tour, notice=self.notice, max_concurrent=self.max_concurrent_tours)
        return CommunityRules(slots=slots, lock=LockKind.HTTP if self.access_url else LockKind.NONE)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Config":
        """Read the `VENDOR_…` variables. Raises ConfigError that names all that is missing or bad."""
        read = _Reader(environ)
        plain = read.flag("ALLOW_PLAIN_HTTP")
        partners_url = partial(address_problem, plain_allowed=plain)
        config = cls(
            database_url=read.one("DATABASE_URL", "sqlite:///var/vendor.db", check=_database_url),
            database_pool=read.whole("DATABASE_POOL", 8, least=1),
            secret_key=read.one("SECRET_KEY", check=_long_enough),
            public_url=read.one("PUBLIC_URL", _listener(environ), check=_http_url).rstrip("/"),
            knock_base_url=read.one("KNOCK_BASE_URL", check=partners_url).rstrip("/"),
            knock_appointment_key=read.one("KNOCK_APPOINTMENT_KEY", check=_header),
            knock_prospect_key=read.one("KNOCK_PROSPECT_KEY", check=_header),
            knock_webhook_token=read.one("KNOCK_WEBHOOK_TOKEN", check=_header),
            access_url=read.one("ACCESS_URL", "", check=partners_url),
            access_webhook_secrets=tuple(read.one("ACCESS_WEBHOOK_SECRETS", "", check=_secrets).split()),
            seam_base_url=read.one("SEAM_BASE_URL", "https://connect.getseam.com", check=partners_url).rstrip("/"),
            seam_key=read.one("SEAM_KEY", "", check=_header),
            seam_webhook_secrets=tuple(read.one("SEAM_WEBHOOK_SECRETS", "", check=_secrets).split()),
            smtp_url=read.one("SMTP_URL", "", check=_smtp_url),
            mail_from=read.one("MAIL_FROM", "", check=_mail_from),
            sms_gateway=read.one("SMS_GATEWAY", "", check=_gateway),
            secret_keys_before=tuple(read.one("SECRET_KEYS_BEFORE", "").split()),
            propexo_base_url=read.one("PROPEXO_BASE_URL", "", check=partners_url).rstrip("/"),
            propexo_token=read.one("PROPEXO_TOKEN", "", check=_header),
            tour=timedelta(minutes=read.whole("TOUR_MINUTES", 30, least=1)),
            notice=timedelta(minutes=read.whole("NOTICE_MINUTES", 0)),
            early=timedelta(minutes=read.whole("EARLY_MINUTES", 10)),
            late=timedelta(minutes=read.whole("LATE_MINUTES", 10)),
            settle=timedelta(seconds=read.whole("SETTLE_SECONDS", 120)),
            recheck=timedelta(seconds=read.whole("RECHECK_SECONDS", 60)),
            access_deadline=timedelta(minutes=read.whole("ACCESS_DEADLINE_MINUTES", 15)),
            max_concurrent_tours=read.whole("MAX_CONCURRENT_TOURS", 1, least=1),
            bookings_per_hour=read.whole("BOOKINGS_PER_HOUR", 30, least=1),
            knock_timeout=timedelta(seconds=read.whole("KNOCK_TIMEOUT_SECONDS", 15, least=1, most=60)),
            trusted_proxies=read.whole("TRUSTED_PROXIES", 0),
            messages_in_flight=read.whole("MESSAGES_IN_FLIGHT", 32, least=1, most=256),
            clock_grace=timedelta(minutes=read.whole("CLOCK_GRACE_MINUTES", 5, most=60)),
            allow_plain_http=plain,
        )
        if config.access_url and not config.access_webhook_secrets:
            read.problems.append(f"{PREFIX}ACCESS_WEBHOOK_SECRETS is missing: {PREFIX}ACCESS_URL needs a secret to sign with")
        if config.seam_key and not config.seam_webhook_secrets:
            read.problems.append(f"{PREFIX}SEAM_WEBHOOK_SECRETS is missing: {PREFIX}SEAM_KEY needs it to know Seam's events")
        if config.smtp_url and not config.mail_from:
            read.problems.append(f"{PREFIX}MAIL_FROM is missing: {PREFIX}SMTP_URL needs a sender's address")
        if bool(config.propexo_base_url) != bool(config.propexo_token):
            missing = "TOKEN" if config.propexo_base_url else "BASE_URL"
            read.problems.append(f"{PREFIX}PROPEXO_{missing} is missing: {PREFIX}PROPEXO_BASE_URL and …TOKEN go together")
        if read.problems:
            raise ConfigError("cannot start; set these and try again:\n  " + "\n  ".join(read.problems))
        return config


class _Reader:
    """Reads variables one by one and keeps what is wrong with them, values never included."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def one(self, name: str, default: str | None = None, check: Callable[[str], str] | None = None) -> str:
        value = self.environ.get(PREFIX + name, "").strip() or default
        if value is None:
            self.problems.append(f"{PREFIX}{name} is missing")
            return ""
        if check and value and (problem := check(value)):
            self.problems.append(f"{PREFIX}{name} {problem}")
        return value

    def flag(self, name: str) -> bool:
        text = self.one(name, "0")
        if text not in ("0", "1"):
            self.problems.append(f"{PREFIX}{name} must be 1 or 0")
        return text == "1"

    def whole(self, name: str, default: int, least: int = 0, most: int = 1_000_000) -> int:
        text = self.one(name, str(default))
        if text.isascii() and text.isdigit() and len(text) <= 7 and least <= int(text) <= most:
            return int(text)
        self.problems.append(f"{PREFIX}{name} must be a whole number from {least} to {most}")
        return default


def _listener(environ: Mapping[str, str]) -> str:
    return f"http://{environ.get('HOST') or '127.0.0.1'}:{environ.get('PORT') or '8000'}"


def address_problem(value: str, *, plain_allowed: bool) -> str:
    """Why a partner must not be called at this address; empty when it may. Keys and prospects' data travel there."""
    if problem := _http_url(value):
        return problem
    if value.lower().startswith("https:") or plain_allowed or is_loopback(host_of(value)):
        return ""
    return f"must be https: plain http can be read by others on the way ({PREFIX}ALLOW_PLAIN_HTTP=1 allows it)"


def _http_url(value: str) -> str:
    try:
        url = urlsplit(value)
        good = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        good = False
    return "" if good else "must be an http(s) address"


def _smtp_url(value: str) -> str:
    try:
        url = urlsplit(value)
        good = url.scheme in ("smtp", "smtps") and bool(url.hostname) and url.port != 0
    except ValueError:
        good = False
    return "" if good else "must look like smtp://user:password@host:587 or smtps://host"


def _mail_from(value: str) -> str:
    address = parseaddr(value)[1]
    return "" if "@" in address and value.isprintable() else "must be an address, as in Tours <tours@example.com>"


def _gateway(value: str) -> str:
    return "" if "{phone}" in value.partition("@")[0] and value.isprintable() else "must look like {phone}@sms.example.com"


def _database_url(value: str) -> str:
    known = value.startswith(("sqlite:///", "postgresql://", "postgres://")) and not value.endswith("///")
    return "" if known else "must look like sqlite:///var/vendor.db or postgresql://user:password@host/name"


def _header(value: str) -> str:
    return "" if value.isascii() and value.isprintable() else "must be plain ASCII: it travels in a header"


def _long_enough(value: str) -> str:
    return "" if len(value) >= 16 else "must be at least 16 characters; make one with `openssl rand -hex 32`"


def _secrets(value: str) -> str:
    return "" if all(map(_is_secret, value.split())) else "must be space-separated secrets: whsec_ and base64"


def _is_secret(text: str) -> bool:
    try:
        return text.startswith("whsec_") and bool(base64.b64decode(text.removeprefix("whsec_"), validate=True))
    except ValueError:
        return False
