"""Calls a function for each of many ids, in a transaction of its own each."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable

from vendor_app.store import Store, Tables

log = logging.getLogger(__name__)


def act_on_each(db: Store, waiting: Iterable[str], act: Callable[[Tables, str], str | None]) -> "Counter[str]":
    """Call `act` for every waiting id, each in a transaction of its own; counts what it returned, None left out.

    An id whose call fails unexpectedly is logged, stays waiting and does not stop the others.
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
