"""A part of the product says every few seconds that it is alive.

For the web it says more: while it was silent, Knock's notices found nobody, and that none came proves nothing.
"""

import logging
import threading

from vendor_app.store import heartbeats
from vendor_app.store.errors import StoreError
from vendor_app.usecases.collaborators import Collaborators

log = logging.getLogger(__name__)


def start_beating(via: Collaborators, name: str) -> threading.Event:
    """Beat on a thread of its own until the returned event is set."""
    stopped = threading.Event()
    threading.Thread(target=_beat, args=(via, name, stopped), name=f"heart of {name}", daemon=True).start()
    return stopped


def _beat(via: Collaborators, name: str, stopped: threading.Event) -> None:
    while True:
        try:
            with via.db.transaction() as tx:
                heartbeats.beat(tx, name, via.clock())
        except StoreError as error:
            log.warning("%s could not say that it is alive: %s", name, error)
        if stopped.wait(heartbeats.BEAT.total_seconds()):
            return
