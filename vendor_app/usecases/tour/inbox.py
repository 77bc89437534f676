"""Acting on what partners have told us."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable

from vendor_app.store import Store, Tables

log = logging.getLogger(__name__)


def act_on_each(db: Store, waiting: Iterable[str], act: Callable[[Tables, str], str | None]) -> "Counter[str]":
    """Call `act` for every waiting id, each in a transaction of its own; how often it answered what.

    One that fails unexpectedly stays where it is and holds up none of the others.
    """
    found: Counter[str] = Counter()
    for waiting_id in waiting:
        try:
            with db.transaction() as tx:
                outcome = act(tx, waiting_id)
        except Exception:
            log.exception("%s could not be acted on; it is tried again", waiting_id)
            continue
        if outcome:
            found[outcome] += 1
    return found
