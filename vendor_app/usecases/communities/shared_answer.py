"""A question to a partner, asked on a thread of its own, for whose answer any number may wait."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

AnswerT = TypeVar("AnswerT")


class Flight(Generic[AnswerT]):
    """Carries out `ask` once, when some thread calls `fly`."""

    def __init__(self, ask: Callable[[], AnswerT]) -> None:
        self._ask = ask
        self._began = time.monotonic()
        self._answer: Future[AnswerT] = Future()

    def fly(self) -> None:
        """Ask. Whatever happens, a bug included, those who wait come to know."""
        try:
            answer = self._ask()
        except BaseException as error:  # noqa: BLE001 - raised where somebody waits
            self._answer.set_exception(error)
        else:
            self._answer.set_result(answer)

    def answer(self, seconds: float) -> AnswerT:
        """What `ask` returned or raised, if it does within so many seconds of the beginning of the flight; else TimeoutError.

        So a partner that is slow costs only those time who come first.
        """
        return self._answer.result(max(0.0, self._began + seconds - time.monotonic()))
