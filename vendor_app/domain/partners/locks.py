"""What lock systems can do, and which of them must not serve a community (partner-contract, section 3)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum

from vendor_app.domain.communities import CommunityRules

# When clocks are turned back an hour repeats; everywhere that is over by then.
_NO_HOUR_COMES_TWICE_FROM = time(4)


class Credential(StrEnum):
    """What the prospect opens doors with."""

    CODE = "code"
    MOBILE_KEY = "mobile_key"


@dataclass(frozen=True, kw_only=True)
class LockSettings:
    """How a lock system is reached; no `url` where it is not connected.

    `connected_by` and `key_setting` are the settings that connect it and that hold our key.
    """

    url: str
    key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    connected_by: str
    key_setting: str


@dataclass(frozen=True, kw_only=True)
class LockAbilities:
    """What a lock system can do; its adapter states it.

    `acts_within`: how long a request of ours that it never answered may still be acted on. `whole_hours`: windows are rounded
    to whole hours. `lead`: how long before the start a grant must be asked for.
    `zoneless`: takes local wall time without a zone. `sends_events`: tells which doors were opened. `opens_devices`: knows doors
    by their devices only. `reads_state`: can be asked about a grant. `credentials`: in the order in which they are tried.
    """

    revocable: bool = True
    acts_within: timedelta = timedelta(minutes=5)
    whole_hours: bool = False
    lead: timedelta = timedelta(0)
    zoneless: bool = False
    sends_events: bool = True
    opens_devices: bool = False
    reads_state: bool = False
    credentials: tuple[Credential, ...] = (Credential.CODE,)


def why_unsafe(abilities: LockAbilities, rules: CommunityRules, name: str) -> list[str]:
    """The reasons why the lock system called `name` must not serve a community with these rules; none when it may."""
    return [f"{name} {reason}." for reason in _reasons(abilities, rules)]


def _reasons(abilities: LockAbilities, rules: CommunityRules) -> Iterator[str]:
    if not abilities.revocable:
        yield "cannot revoke access: a cancelled tour's code would go on opening doors"
    if abilities.whole_hours:
        yield "knows whole hours only: doors would open outside the tour's window"
    if abilities.lead > rules.slots.notice:
        yield (
            f"must be asked {_minutes(abilities.lead)} before a tour, and tours can be booked "
            f"{_minutes(rules.slots.notice)} before: the latest would find closed doors"
        )
    if abilities.zoneless and not _opens_late_enough(rules):
        yield (
            "takes times without a zone: in the hour that comes twice when clocks are turned back, doors would open at the "
            "wrong time; give hours that begin at 04:00 or later"
        )
    if not abilities.sends_events:
        yield "does not tell which doors were opened: nothing would prove a visit"
    if abilities.opens_devices and not rules.doors:
        yield "opens the devices of doors, and this community has none"


def _opens_late_enough(rules: CommunityRules) -> bool:
    hours = rules.slots.hours
    return hours is not None and all(opens >= _NO_HOUR_COMES_TWICE_FROM for opens, _ in hours.values())


def _minutes(span: timedelta) -> str:
    return f"{span // timedelta(minutes=1)} minutes"
