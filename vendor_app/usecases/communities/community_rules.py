"""By which rules a community is served: those of the operator's file, and the settings' defaults for what it leaves out."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError

from schemas.community_rules import CommunityTable
from vendor_app.domain import CommunityRules
from vendor_app.store import Tables
from vendor_app.usecases.errors import StoreError

_table = CommunityTable()


def rules_of(db: Tables, community_id: str, defaults: CommunityRules) -> CommunityRules:
    """The community's rules; what its table leaves out is as in `defaults`. Raises StoreError."""
    table = db.community_rules.find(community_id)
    return defaults if table is None else _stored_rules(defaults, community_id, table)


def rules_from_table(defaults: CommunityRules, table: Mapping[str, Any]) -> CommunityRules:
    """The rules of a table (as in the file); what it leaves out is as in `defaults`. Raises ValidationError."""
    given = _table.load(table)
    slots = replace(defaults.slots, **given.pop("slots"))
    return replace(defaults, slots=slots, is_lock_stated="lock" in given, **given)


def _stored_rules(defaults: CommunityRules, community_id: str, table: Mapping[str, Any]) -> CommunityRules:
    try:
        return rules_from_table(defaults, table)
    except ValidationError as error:
        raise StoreError(
            f"the stored rules of {community_id} are not those of this version; `make communities FILE=…` loads them again"
        ) from error
