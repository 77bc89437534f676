"""The client of the present request, masked: it can be counted and not read."""

from flask import request

from vendor_app.domain.client_addresses import client_of
from vendor_app.web.current import collaborators


def client() -> str:
    """As it is counted now."""
    return client_masks()[0]


def client_masks() -> list[str]:
    """The same, and as it was counted under former secrets."""
    return collaborators().keys.masks(client_of(request.remote_addr or ""))
