"""What is stored sealed, read where it belongs."""

import logging

from vendor_app.domain import Tour
from vendor_app.keys import Keys, UnreadableSeal

log = logging.getLogger(__name__)


def unsealed(keys: Keys, sealed: str | None, of: str, tour: Tour) -> str | None:
    """What was sealed for `of` (as Keys.seal has it); None where there is nothing, or it cannot be read, which is logged."""
    if sealed is None:
        return None
    try:
        return keys.unseal(sealed, of)
    except UnreadableSeal as error:
        log.error("tour %s: the code or link of %s cannot be read: %s", tour.tour_id, of, error)
        return None
