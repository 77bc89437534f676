"""`python -m jobs` runs every job at its interval until stopped; `python -m jobs once` runs every job once."""

import logging
import os
import signal
import sys
import threading

from jobs.runner import run_forever, run_once
from vendor_app.config import Config, ConfigError
from vendor_app.parent import end_with_parent
from vendor_app.store import StoreError
from vendor_app.store.engine.database import warn_about
from vendor_app.usecases.collaborators import Collaborators

_STOP = {signal.SIGINT, signal.SIGTERM}
_SECONDS_TO_END = 10


def main(arguments: list[str]) -> int:
    """The exit status."""
    once = arguments == ["once"]
    if not once:  # before any thread is started, for threads inherit it: one without it would take the signal
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
    end_with_parent(os.environ)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # It warns whenever a job is due while its last run is still going, which is normal here.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    try:
        config = Config.from_env(os.environ)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    warn_about(config.database_url)
    via = Collaborators.connect(config)
    try:
        if once:
            via.migrate_database()
            return 0 if run_once(via, print) else 1
        via.prepare_database()
    except StoreError as error:
        print(error, file=sys.stderr)
        return 2
    run_forever(via, until=lambda: signal.sigwait(_STOP))
    logging.getLogger("jobs").info("stopped")
    _end_within(_SECONDS_TO_END)
    return 0


def _end_within(seconds: float) -> None:
    """Let what is under way finish for so many seconds, then exit, also while threads wait for a partner that hangs.

    What those were sending is sent again when its lease is over.
    """
    last = threading.Timer(seconds, os._exit, (0,))
    last.daemon = True
    last.start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
