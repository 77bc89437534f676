"""What is different between the communities we know and those that Knock lists."""

from typing import Any

import pytest

from tests.domain.example import NOON
from vendor_app.domain.communities import Community
from vendor_app.domain.community_changes import ChangeKind, changes_between

ALDER: dict[str, Any] = {
    "community_id": "alder",
    "community_name": "Alder Court",
    "address": {"street": "1 Alder Way", "city": "Seattle"},
    "in_person_tours_enabled": None,
}
UNKNOWN: dict[str, Any] = dict.fromkeys(("geolocation", "company_name", "live_video_tours_enabled", "switched_off_at", "gone_at"))


def stored(known: dict[str, Any]) -> Community:
    return Community(**UNKNOWN | known, synced_at=NOON)


def told(known: dict[str, Any] | None, **listed: Any) -> list[str]:
    ours = {} if known is None else {"alder": stored(known)}
    return [str(one) for one in changes_between(ours, {"alder": ALDER | listed})]


def test_a_community_we_did_not_know_is_added() -> None:
    assert told(None) == ['alder  added  "Alder Court"']
    assert told(None, community_name=None) == ["alder  added"]


def test_a_community_as_we_know_it_is_not_a_change() -> None:
    assert told(ALDER) == []


@pytest.mark.parametrize(
    ("listed", "fields"),
    [
        ({"community_name": "Alder Place"}, 'community_name: "Alder Court" -> "Alder Place"'),
        ({"community_name": None}, 'community_name: "Alder Court" -> null'),
        ({"in_person_tours_enabled": False}, "in_person_tours_enabled: null -> false"),
        ({"address": {"street": "1 Alder Way", "city": "Tacoma"}}, 'address.city: "Seattle" -> "Tacoma"'),
        ({"address": None}, 'address: { street = "1 Alder Way", city = "Seattle" } -> null'),
        (
            {"community_name": "A", "in_person_tours_enabled": True},
            'community_name: "Alder Court" -> "A", in_person_tours_enabled: null -> true',
        ),
    ],
)
def test_each_field_that_changed_is_told(listed: dict[str, Any], fields: str) -> None:
    name = listed.get("community_name", "Alder Court")
    assert told(ALDER, **listed) == ["  ".join(["alder  changed", *([f'"{name}"'] if name else []), fields])]


def test_a_community_that_was_gone_is_back_and_says_what_changed_meanwhile() -> None:
    assert told(ALDER | {"gone_at": NOON}) == ['alder  back  "Alder Court"']
    gone = stored(ALDER | {"gone_at": NOON})
    (change,) = changes_between({"alder": gone}, {"alder": ALDER | {"in_person_tours_enabled": True}})
    assert (change.kind, change.fields) == (ChangeKind.BACK, ("in_person_tours_enabled: null -> true",))
