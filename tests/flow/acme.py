"""A third make of lock systems, as its folder in clients/locks/ would be: codes only, and events in its own words."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest
from marshmallow import EXCLUDE, Schema, fields

from tests.world import SECRET
from vendor_app.clients.locks.interface import (
    CannotDo,
    Granted,
    GrantReading,
    GrantRequest,
    LockEvent,
    LockVendor,
    Webhook,
)
from vendor_app.clients.locks.registry import VENDORS
from vendor_app.clients.watch import PartnerWatch
from vendor_app.config import Config
from vendor_app.domain.partners.known import LockKind, Partner
from vendor_app.domain.partners.locks import LockAbilities, LockSettings
from vendor_app.signatures import STANDARD

CODE = "271828"


class AcmeLock:
    """Keeps its grants in memory, by our id."""

    abilities = LockAbilities(lead=timedelta(minutes=20))

    def __init__(self, url: str, key: str, timeout: timedelta, watch: PartnerWatch) -> None:
        self.grants: dict[str, GrantRequest] = {}

    def grant(self, request: GrantRequest, now: datetime) -> Granted:
        """A code at once."""
        self.grants[request.grant_id] = request
        return Granted(code=CODE)

    def revoke(self, grant_id: str, reference: str | None, now: datetime) -> bool:
        """At once, too."""
        self.grants.pop(grant_id, None)
        return True

    def check(self, now: datetime) -> None:
        """It is well."""

    def read(self, grant_id: str, reference: str | None, now: datetime) -> GrantReading:
        """It cannot be asked."""
        raise CannotDo("read", "be asked about a grant")


class AcmeEvent(Schema):
    """The body of `POST /webhooks/acme`."""

    class Meta:
        unknown = EXCLUDE

    opened = fields.String(required=True)
    unit = fields.String(load_default=None)
    permission = fields.String(required=True)


def _read(event: Mapping[str, Any], raw: Mapping[str, Any]) -> LockEvent:
    return LockEvent(
        type="access.door_unlocked",
        occurred_at=None,
        payload=dict(raw),
        grant_id=event["permission"],
        door=event["opened"],
        unit_name=event["unit"],
    )


VENDOR = LockVendor(
    connect=AcmeLock,
    abilities=AcmeLock.abilities,
    webhook=Webhook(path="/webhooks/acme", signed_by=STANDARD, id_prefix="acme:", schema=AcmeEvent(), read=_read),
)


def add_acme(patched: pytest.MonkeyPatch) -> LockKind:
    """Edit what a new make needs edited: its kind, its row in the registry, and its settings."""
    kind = LockKind(_new_member(patched, LockKind, "acme"))
    _new_member(patched, Partner, "acme")
    patched.setitem(VENDORS, kind, VENDOR)
    ours = LockSettings(
        url="http://127.0.0.1:9/acme", key="key", webhook_secrets=(SECRET,), connected_by="ACME_KEY", key_setting="ACME_KEY"
    )
    given = Config.locks
    patched.setattr(Config, "locks", property(lambda config: {**given.__get__(config), kind: ours}))
    return kind


def _new_member(patched: pytest.MonkeyPatch, kind: type[StrEnum], name: str) -> str:
    made = str.__new__(kind, name)
    made._name_, made._value_ = name.upper(), name
    patched.setitem(kind._member_map_, name.upper(), made)
    patched.setitem(kind._value2member_map_, name, made)
    patched.setattr(kind, "_member_names_", [*kind._member_names_, name.upper()])
    return name
