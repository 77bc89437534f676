"""Access grants and access methods as Seam's answers have them."""

from typing import Any

from sandbox.seam.model import AccessGrant, AccessMethod
from sandbox.times import zulu

WORKSPACE = "750fc0bc-4450-4356-8d9f-18c6a3a6b2c7"


def access_grant(grant: AccessGrant, being_deleted: bool = False) -> dict[str, Any]:
    """`access_grant` of create and get. Which devices it is for, Seam does not say."""
    ids = {mode: [one.access_method_id for one in grant.methods if one.mode == mode] for mode in grant.modes}
    created = zulu(grant.created_at)
    error = {"error_code": "cannot_create_requested_access_methods", "message": "A lock takes no more codes."}
    warning = {"warning_code": "being_deleted", "message": "The access grant is being deleted."}
    return {
        "access_grant_id": grant.access_grant_id,
        **({"access_grant_key": grant.access_grant_key} if grant.access_grant_key else {}),
        "access_method_ids": [one.access_method_id for one in grant.methods],
        "created_at": created,
        "display_name": f"{grant.full_name}'s access",
        "starts_at": zulu(grant.starts_at),
        "ends_at": zulu(grant.ends_at),
        "requested_access_methods": [
            {"mode": mode, "created_at": created, "created_access_method_ids": made} for mode, made in ids.items()
        ],
        "space_ids": [],
        "errors": [error | {"created_at": created}] if grant.failed else [],
        "warnings": [warning | {"created_at": created}] if being_deleted else [],
        "pending_mutations": [],
        "workspace_id": WORKSPACE,
    }


def access_method(method: AccessMethod) -> dict[str, Any]:
    """`access_method`. The PIN stands in it from the start; it opens nothing before it is issued."""
    link = {"instant_key_url": method.instant_key_url} if method.instant_key_url else {}
    return link | {
        "access_method_id": method.access_method_id,
        "mode": method.mode,
        "code": method.code,
        "created_at": zulu(method.created_at),
        "is_issued": method.issued_at is not None,
        "issued_at": zulu(method.issued_at) if method.issued_at else None,
        "warnings": [],
        "workspace_id": WORKSPACE,
    }
