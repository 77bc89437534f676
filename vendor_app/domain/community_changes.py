"""What is different between the communities we know and those that Knock lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vendor_app.domain.communities import Community
from vendor_app.domain.differences import differences, shown


class ChangeKind(StrEnum):
    """What became of a community."""

    ADDED = "added"
    CHANGED = "changed"
    BACK = "back"
    GONE = "gone"


@dataclass(frozen=True)
class CommunityChange:
    """One community's change; `fields` has a line `field: old -> new` each."""

    community_id: str
    kind: ChangeKind
    name: str | None = None
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        """On one line."""
        return "  ".join(
            [self.community_id, self.kind, *([shown(self.name)] if self.name else []), ", ".join(self.fields)]
        ).rstrip()


def changes_between(known: Mapping[str, Community], listed: Mapping[str, Mapping[str, Any]]) -> list[CommunityChange]:
    """What the list adds to or changes about the communities we know, both by id; not which of ours it misses."""
    found = (_change(community_id, known.get(community_id), community) for community_id, community in listed.items())
    return [one for one in found if one]


def _change(community_id: str, before: Community | None, listed: Mapping[str, Any]) -> CommunityChange | None:
    name = listed["community_name"]
    if before is None:
        return CommunityChange(community_id, ChangeKind.ADDED, name)
    fields = tuple(differences({field: getattr(before, field) for field in listed}, listed))
    kind = ChangeKind.BACK if before.gone_at else ChangeKind.CHANGED
    return CommunityChange(community_id, kind, name, fields) if fields or before.gone_at else None
