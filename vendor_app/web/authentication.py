"""Who may call what. Every blueprint states it once, and a test refuses a route whose blueprint does not."""

import hmac
from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, g, request

from vendor_app.domain import LockKind
from vendor_app.signatures import BadSignature, verify
from vendor_app.usecases.doors.record_access_event import webhooks
from vendor_app.usecases.errors import UnknownTour
from vendor_app.usecases.visit.tour_holder import identify_tour
from vendor_app.web.clients import client
from vendor_app.web.current import collaborators, now
from vendor_app.web.problems import Unauthorized

_BlueprintT = TypeVar("_BlueprintT", bound=Blueprint)
STATED: dict[str, str] = {}


def authenticated_by(how: Callable[[], None], blueprint: _BlueprintT) -> _BlueprintT:
    """State how a blueprint's callers are known; checked before each of its requests."""
    STATED[blueprint.name] = how.__name__
    blueprint.before_request(how)
    return blueprint


def anybody() -> None:
    """Open to everyone."""


def token_in_path() -> None:
    """The tour's token is part of the address. Rate-limits clients that try many unknown tokens."""
    identify_tour(collaborators(), None, (request.view_args or {}).get("token", ""), client(), now())


def tour_token() -> None:
    """`Authorization: Bearer {tourToken}` of the tour in the address."""
    token = _bearer()
    try:
        identify_tour(collaborators(), (request.view_args or {}).get("tour_id", ""), token, client(), now())
    except UnknownTour as error:
        raise Unauthorized(str(error)) from error
    g.tour_token = token


def knock_token() -> None:
    """The header agreed with Knock: `Authorization: Bearer` and VENDOR_KNOCK_WEBHOOK_TOKEN."""
    if not hmac.compare_digest(_bearer().encode(), collaborators().config.knock_webhook_token.encode()):
        raise Unauthorized("The bearer token is not the one agreed with Knock (VENDOR_KNOCK_WEBHOOK_TOKEN).")


def lock_signature(lock: LockKind) -> Callable[[], None]:
    """A signature over the raw body by one of this lock system's secrets."""

    def check() -> None:
        secrets, prefix = collaborators().config.locks[lock].webhook_secrets, webhooks()[lock].signed_by
        try:
            g.message_id = verify(secrets, _headers(), request.get_data(), now(), prefix)
        except BadSignature as error:
            raise Unauthorized(f"The signature does not hold: {error}.") from error

    check.__name__ = f"{lock}_signature"
    return check


def _headers() -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers}


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("Send `Authorization: Bearer` and the token.")
    return token.strip()
