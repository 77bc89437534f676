"""`python -m jobs` runs by the clock until stopped; `python -m jobs once` runs every job once."""

import logging
import os
import signal
import sys
from types import FrameType

from jobs.runner import run_forever, run_once
from vendor_app.config import Config, ConfigError
from vendor_app.store.database import warn_about
from vendor_app.store.errors import StoreError
from vendor_app.usecases.collaborators import Collaborators


def main(arguments: list[str]) -> int:
    """The exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # It warns of every turn that falls into a run that is still going, which is as it should be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    try:
        config = Config.from_env(os.environ)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    warn_about(config.database_url)
    via = Collaborators.connect(config)
    try:
        if arguments == ["once"]:
            via.db.migrate()
            return 0 if run_once(via, print) else 1
        via.db.prepare()
    except StoreError as error:
        print(error, file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        run_forever(via)
    except SystemExit:
        logging.getLogger("jobs").info("stopped")
    # Threads that wait for a partner that hangs are not waited for: what they send is taken up again when its lease is over.
    logging.shutdown()
    os._exit(0)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
