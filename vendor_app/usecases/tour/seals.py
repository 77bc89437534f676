"""Reads door codes and links that are stored sealed (keys.py)."""

import logging

from vendor_app.domain import Tour
from vendor_app.keys import Keys, UnreadableSeal

log = logging.getLogger(__name__)


def unsealed(keys: Keys, sealed: str | None, of: str, tour: Tour) -> str | None:
    """The code or link sealed for `of` (as Keys.seal has it); None for None, and, logged, for what cannot be read."""
    if sealed is None:
        return None
    try:
        return keys.unseal(sealed, of)
    except UnreadableSeal as error:
        log.error("tour %s: the code or link of %s cannot be read: %s", tour.tour_id, of, error)
        return None
