"""What we ask of a lock system at VENDOR_ACCESS_URL, for the description of the API; clients/http_lock.py does the asking."""

from typing import Any

from marshmallow import Schema

from schemas.access import GrantAnswer, GrantRequested, RevokeRequested

SIGNED: list[dict[str, Any]] = [
    {
        "in": "header",
        "name": "webhook-id",
        "required": True,
        "description": "The same each time it is sent (Standard Webhooks 1.0.0)",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
    {
        "in": "header",
        "name": "webhook-timestamp",
        "required": True,
        "description": "When it is sent, in Unix seconds",
        "schema": {"type": "integer", "minimum": 0},
    },
    {
        "in": "header",
        "name": "webhook-signature",
        "required": True,
        "description": "`v1,` and the base64 HMAC-SHA256 of `{id}.{timestamp}.{raw body}`; several, separated by spaces, while a "
        "secret is being changed",
        "schema": {"type": "string"},
    },
]


def _asked(operation_id: str, summary: str, body: type[Schema], responses: dict[str, Any]) -> dict[str, Any]:
    operation = {
        "operationId": operation_id,
        "summary": summary,
        "tags": ["access_callbacks"],
        "security": [],
        "parameters": SIGNED,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {**responses, "4XX": {"description": "It will never be done; but 401, 403 and 429 are tried again"}},
    }
    return {"post": operation}


LOCK_REQUESTS = {
    "access.grant_requested": _asked(
        "grantAccess",
        "Open these doors in this window, by a code. Asked again with the same `grantId` it must have the effect of one.",
        GrantRequested,
        {
            "200": {"description": "The code", "content": {"application/json": {"schema": GrantAnswer}}},
            "202": {"description": "The code comes later, as `access.credential_ready`"},
        },
    ),
    "access.revoke_requested": _asked(
        "revokeAccess",
        "Let the code open nothing any more.",
        RevokeRequested,
        {
            "200": {"description": "It opens nothing"},
            "404": {"description": "There is no such grant: as good"},
            "410": {"description": "There is no such grant any more: as good"},
        },
    ),
}
"""By the name of the request, as OpenAPI has `webhooks`."""
