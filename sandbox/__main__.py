"""`make run`: everything on loopback, with the sandbox as the partners."""

import os
import sys

from sandbox.run import run_everything
from sandbox.run_lock import AlreadyRunning
from vendor_app.config import ConfigError
from vendor_app.parent import end_with_parent
from vendor_app.server.listening import CannotListen
from vendor_app.store import StoreError


def main() -> None:
    """Run until Ctrl-C; what an operator can mend is one line, not a traceback."""
    end_with_parent(os.environ)
    try:
        sys.exit(run_everything(os.environ))
    except (ConfigError, StoreError, AlreadyRunning, CannotListen) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
