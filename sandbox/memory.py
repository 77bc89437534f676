"""One lock around every change, and one file that outlives a restart."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol


class Remembered(Protocol):
    """A part of the sandbox whose state must survive a restart."""

    def remember(self) -> Any:
        """The state as JSON values; moments may stay datetimes."""

    def recall(self, kept: Any) -> None:
        """Take back what `remember` gave."""


class Memory:
    """Everything that changes does so inside `change()`: alone, and saved before anybody is answered."""

    def __init__(self, path: Path | None) -> None:
        self.lock = threading.RLock()
        self._path = path
        self._parts: dict[str, Remembered] = {}

    def keep(self, **parts: Remembered) -> None:
        """From now on these parts are saved; what an earlier run left behind is given back to them."""
        self._parts = parts
        kept = self._read()
        for name, part in parts.items():
            if name in kept:
                part.recall(kept[name])

    @contextmanager
    def change(self) -> Iterator[None]:
        """Nothing is saved when the block raises, so it must raise before it changes anything."""
        with self.lock:
            yield
            self._save()

    def _read(self) -> dict[str, Any]:
        if self._path is None or not self._path.exists():
            return {}
        kept: dict[str, Any] = json.loads(self._path.read_text(), object_hook=_as_moment)
        return kept

    def _save(self) -> None:
        if self._path is None:
            return
        state = {name: part.remember() for name, part in self._parts.items()}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._path.with_suffix(".tmp")
        unfinished.touch(mode=0o600)  # codes and contact data are in it
        unfinished.write_text(json.dumps(state, default=_as_json, indent=1))
        unfinished.replace(self._path)


def _as_json(value: object) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"$moment": value.isoformat()}
    raise TypeError(f"{type(value).__name__} cannot be kept")


def _as_moment(value: dict[str, Any]) -> Any:
    return datetime.fromisoformat(value["$moment"]) if value.keys() == {"$moment"} else value
