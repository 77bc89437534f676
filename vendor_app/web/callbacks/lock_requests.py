"""What we ask of a lock system at VENDOR_ACCESS_URL, for the description of the API (clients/locks/http_lock.py asks)."""

from typing import Any

from marshmallow import Schema

from schemas.access import GrantAnswer, GrantRequested, RevokeRequested

_ID = {"in": "header", "name": "webhook-id", "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 255}}
_SIGNED: list[dict[str, Any]] = [
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


def signed(message_id: str) -> list[dict[str, Any]]:
    """The headers of a signed message; `message_id` says which messages have the same id."""
    return [{**_ID, "description": message_id}, *_SIGNED]


def _asked(operation_id: str, summary: str, body: type[Schema], message_id: str, responses: dict[str, Any]) -> dict[str, Any]:
    operation = {
        "operationId": operation_id,
        "summary": summary,
        "tags": ["access_callbacks"],
        "security": [],
        "parameters": signed(message_id),
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": responses,
    }
    return {"post": operation}


LOCK_REQUESTS = {
    "access.grant_requested": _asked(
        "grantAccess",
        "Open these doors in this window, by a code. Asked again with the same `grantId` it must have the effect of one.",
        GrantRequested,
        "The same each time it is sent (Standard Webhooks 1.0.0)",
        {
            "200": {"description": "The code", "content": {"application/json": {"schema": GrantAnswer}}},
            "202": {"description": "The code comes later, as `access.credential_ready`"},
            "4XX": {
                "description": "It will not be done; asked again a few times, and for as long as it takes after 401, 403 and 429"
            },
        },
    ),
    "access.revoke_requested": _asked(
        "revokeAccess",
        "Let the code open nothing any more.",
        RevokeRequested,
        "Another one each time: what was done once must be done again, for the grant may have been made meanwhile",
        {
            "200": {"description": "It opens nothing"},
            "202": {"description": "It is being done: we ask again until the answer is 200"},
            "404": {"description": "There is no such grant: believed when it is said again and again"},
            "410": {"description": "There is no such grant any more: believed when it is said again and again"},
            "4XX": {"description": "It is not done: we ask again, and a person is asked to look"},
        },
    ),
}
"""By the name of the request, as OpenAPI has `webhooks`."""
