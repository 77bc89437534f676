"""One question to a partner, for whose answer any number of threads wait."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

AnswerT = TypeVar("AnswerT")


class SharedAnswer(Generic[AnswerT]):
    """What `ask` returns; one thread calls `fetch`, the others `wait`."""

    def __init__(self, ask: Callable[[], AnswerT]) -> None:
        self._ask = ask
        self._began = time.monotonic()
        self._answer: Future[AnswerT] = Future()

    def fetch(self) -> None:
        """Call `ask`, and hand what it returns or raises, bugs included, to the threads that wait."""
        try:
            answer = self._ask()
        except BaseException as error:  # noqa: BLE001 - raised where somebody waits
            self._answer.set_exception(error)
        else:
            self._answer.set_result(answer)

    def wait(self, seconds: float) -> AnswerT:
        """What `ask` returned or raised. Raises TimeoutError when that took longer than so many seconds.

        They count from when this object was made, so late callers of a slow partner wait less or not at all.
        """
        return self._answer.result(max(0.0, self._began + seconds - time.monotonic()))
