"""Files and folders that are closed to everybody but their owner, whatever the process's umask says."""

import logging
import os
import stat
from pathlib import Path

log = logging.getLogger(__name__)

_OF_OTHERS = 0o077


def make_folder(path: Path) -> None:
    """Make the folder, with those above it, if it is not there; one that is there is left as it is."""
    if path.is_dir():
        return
    make_folder(path.parent)
    try:
        path.mkdir()
    except FileExistsError:
        if not path.is_dir():
            raise
    else:
        path.chmod(0o700)


def make_file(path: Path) -> None:
    """Make an empty file if there is none."""
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    try:
        os.fchmod(made, 0o600)
    finally:
        os.close(made)


def make_owner_only(path: Path) -> None:
    """Close a file that others may read or write, and log it. One that does not exist, or cannot be changed, stays as it is."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode) and mode & _OF_OTHERS:
            path.chmod(0o600)
            log.warning("%s could be read by others (mode %o): it is its owner's only from now on", path, mode & 0o777)
    except FileNotFoundError:
        return
    except PermissionError:
        log.error("%s can be read by others, and its mode is not ours to change: `chmod 600` it as its owner", path)
