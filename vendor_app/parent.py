"""A process ends with the one that started it, however that ended: a kill -9 leaves nobody behind who answers or works on."""

import os
import threading
import time
from collections.abc import Mapping

# The parent's process id, for a process that is to end with it.
VARIABLE = "ENDS_WITH_PID"
_LOOK_SECONDS = 0.1


def end_with_parent(environ: Mapping[str, str]) -> None:
    """End this process when its parent has ended, if whoever started it asked for that."""
    if (parent := environ.get(VARIABLE, "")).isdigit():
        end_with(int(parent))


def end_with(parent: int) -> None:
    """End this process as soon as this is not its parent any more; nothing is cleaned up, as nothing is when it is killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()
