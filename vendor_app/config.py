"""Every setting in one frozen value. Only wsgi.py, jobs/__main__.py and the launchers read the environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from vendor_app import config_checks
from vendor_app.domain import CommunityRules, LockKind, LockSettings, Partner, Rules
from vendor_app.domain.partners.addresses import normalised

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
    def locks(self) -> dict[LockKind, LockSettings]:
        """How each lock system is reached."""
        return {
            LockKind.HTTP: LockSettings(
                url=self.access_url,
                key=next(iter(self.access_webhook_secrets), ""),
                webhook_secrets=self.access_webhook_secrets,
                connected_by="ACCESS_URL",
                key_setting="ACCESS_WEBHOOK_SECRETS",
            ),
            LockKind.SEAM: LockSettings(
                url=self.seam_base_url if self.seam_key else "",
                key=self.seam_key,
                webhook_secrets=self.seam_webhook_secrets,
                connected_by="SEAM_KEY",
                key_setting="SEAM_KEY",
            ),
        }

    @property
    def partners(self) -> dict[Partner, str]:
        """The address of each partner that is connected, in its one spelling."""
        connected = {
            Partner.KNOCK: self.knock_base_url,
            Partner.PROPEXO: self.propexo_base_url,
            **{Partner(kind): lock.url for kind, lock in self.locks.items()},
        }
        return {partner: normalised(url) for partner, url in connected.items() if url}

    @property
    def partner_keys(self) -> frozenset[str]:
        """The settings that hold our keys at the partners that are connected."""
        held = {
            "KNOCK_APPOINTMENT_KEY": True,
            "KNOCK_PROSPECT_KEY": True,
            "PROPEXO_TOKEN": self.propexo_base_url,
            **{lock.key_setting: lock.url for lock in self.locks.values()},
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
        partners_url = partial(config_checks.address_problem, plain_allowed=plain)
        config = cls(
            database_url=read.one("DATABASE_URL", "sqlite:///var/vendor.db", check=config_checks.database_url),
            database_pool=read.whole("DATABASE_POOL", 8, least=1),
            secret_key=read.one("SECRET_KEY", check=config_checks.long_enough),
            public_url=read.one("PUBLIC_URL", _listener(environ), check=config_checks.http_url).rstrip("/"),
            knock_base_url=read.one("KNOCK_BASE_URL", check=partners_url).rstrip("/"),
            knock_appointment_key=read.one("KNOCK_APPOINTMENT_KEY", check=config_checks.header),
            knock_prospect_key=read.one("KNOCK_PROSPECT_KEY", check=config_checks.header),
            knock_webhook_token=read.one("KNOCK_WEBHOOK_TOKEN", check=config_checks.header),
            access_url=read.one("ACCESS_URL", "", check=partners_url),
            access_webhook_secrets=tuple(read.one("ACCESS_WEBHOOK_SECRETS", "", check=config_checks.secrets).split()),
            seam_base_url=read.one("SEAM_BASE_URL", "https://connect.getseam.com", check=partners_url).rstrip("/"),
            seam_key=read.one("SEAM_KEY", "", check=config_checks.header),
            seam_webhook_secrets=tuple(read.one("SEAM_WEBHOOK_SECRETS", "", check=config_checks.secrets).split()),
            smtp_url=read.one("SMTP_URL", "", check=config_checks.smtp_url),
            mail_from=read.one("MAIL_FROM", "", check=config_checks.mail_from),
            sms_gateway=read.one("SMS_GATEWAY", "", check=config_checks.gateway),
            secret_keys_before=tuple(read.one("SECRET_KEYS_BEFORE", "").split()),
            propexo_base_url=read.one("PROPEXO_BASE_URL", "", check=partners_url).rstrip("/"),
            propexo_token=read.one("PROPEXO_TOKEN", "", check=config_checks.header),
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
