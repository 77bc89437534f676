"""The state of a grant, read from Seam's access grant and its access methods."""

from collections.abc import Mapping, Sequence
from typing import Any

from vendor_app.clients.locks.interface import GrantReading, GrantState
from vendor_app.domain import Credential

_SEVERAL_CODES = "several_codes"


def being_deleted(grant: Mapping[str, Any]) -> bool:
    """Whether Seam is deleting the grant."""
    return "being_deleted" in grant["warnings"]


def can_serve(grant: Mapping[str, Any], credential: Credential) -> bool:
    """Whether the grant opens doors with this credential, or may still do so; Seam can change only a grant's times."""
    modes = {one["mode"] for one in grant["requested_access_methods"]}
    return modes == {credential} and not grant["errors"] and not being_deleted(grant)


def method_ids(grant: Mapping[str, Any]) -> list[str]:
    """The access methods of a grant, each once."""
    created = [one for asked in grant["requested_access_methods"] for one in asked["created_access_method_ids"]]
    return list(dict.fromkeys([*grant["access_method_ids"], *created]))


def reading(grant: Mapping[str, Any], methods: Sequence[Mapping[str, Any]]) -> GrantReading:
    """The state of a loaded grant with its loaded access methods."""
    if grant["errors"]:
        return _failed(grant["errors"])
    codes = {one["code"] for one in methods if one["code"]}
    if len(codes) > 1:
        # The prospect gets one code: it would not open every door.
        return _failed([_SEVERAL_CODES])
    if not _complete(grant, methods):
        return GrantReading(state=GrantState.PENDING)
    links = [one["instant_key_url"] for one in methods if one["instant_key_url"]] or [grant["instant_key_url"]]
    return _ready(next(iter(codes), None), links[0])


def _complete(grant: Mapping[str, Any], methods: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all access methods asked for are issued, and no change of the grant is pending."""
    issued = {one["access_method_id"] for one in methods if one["is_issued"]}
    asked = [set(one["created_access_method_ids"]) for one in grant["requested_access_methods"]]
    return (
        not grant["pending_mutations"]
        and bool(issued)
        and set(method_ids(grant)) <= issued
        and all(made and made <= issued for made in asked)
    )


def _ready(code: str | None, link: str | None) -> GrantReading:
    """READY; PENDING while neither code nor link is there to open a door with."""
    state = GrantState.READY if code or link else GrantState.PENDING
    return GrantReading(state=state, code=code, link=link)


def _failed(codes: Sequence[str]) -> GrantReading:
    return GrantReading(state=GrantState.FAILED, problem=", ".join(dict.fromkeys(codes)))
