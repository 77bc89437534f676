"""What can go wrong with a partner. Each fault is one function that shows whether the call took effect first."""

import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from werkzeug.wrappers import Response

from sandbox.network.calls import CALLS, PROPEXO_CALLS, SEAM_CALLS
from sandbox.propexo.refusal import error_body
from sandbox.seam import refusal as seam

Ask = Callable[[], Response]  # lets the partner do what it was asked to


class Dropped(ConnectionAbortedError):
    """The connection ends without an answer (werkzeug stays silent about connection errors)."""


@dataclass(frozen=True)
class Late:
    """Something that was asked for and put off; `since` is in seconds of a clock that never goes back."""

    call: str
    ask: Ask
    since: float


@dataclass
class Fault:
    """A fault that will strike `times` more calls of this name."""

    call: str
    kind: str
    times: int
    seconds: float
    released: threading.Event
    late: list[Late]

    def strike(self, ask: Ask) -> Response:
        """The answer the caller gets; raises Dropped when it gets none."""
        return KINDS[self.kind](self, ask)

    def wait(self) -> None:
        """Let the caller wait, unless the faults are cleared first."""
        self.released.wait(self.seconds)


def _json(fault: Fault, message: str, status: int) -> Response:
    return Response(json.dumps(_body(fault.call, message, status)), status, mimetype="application/json")


def _body(call: str, message: str, status: int) -> dict[str, object]:
    if call in PROPEXO_CALLS:
        return error_body(status, message)
    if call in SEAM_CALLS:
        return seam.error_body(HTTPStatus(status).name.lower(), message)
    return {"errorMessage": message}


def _error(fault: Fault, ask: Ask) -> Response:
    """an error, and nothing was done"""
    return _json(fault, "Internal server error.", 500)


def _error_after(fault: Fault, ask: Ask) -> Response:
    """an error, though it was done"""
    ask()
    return _json(fault, "Internal server error.", 500)


def _too_many(fault: Fault, ask: Ask) -> Response:
    """too many requests, try later"""
    answer = _json(fault, "Too many requests.", 429)
    answer.headers["Retry-After"] = str(max(1, round(fault.seconds)))
    return answer


def _hang(fault: Fault, ask: Ask) -> Response:
    """done, but the answer takes its time"""
    answer = ask()
    fault.wait()
    return answer


def _hang_before(fault: Fault, ask: Ask) -> Response:
    """a long wait, then no answer, and nothing was done"""
    fault.wait()
    raise Dropped


def _drop_before(fault: Fault, ask: Ask) -> Response:
    """no answer, and nothing was done"""
    raise Dropped


def _drop_after(fault: Fault, ask: Ask) -> Response:
    """no answer, though it was done"""
    ask()
    raise Dropped


def _late(fault: Fault, ask: Ask) -> Response:
    """no answer, and it is done later"""
    fault.late.append(Late(fault.call, ask, time.monotonic()))
    raise Dropped


def _bad_request(fault: Fault, ask: Ask) -> Response:
    """refused though nothing is wrong with it, and nothing was done"""
    return _json(fault, "The request could not be understood.", 400)


def _not_found(fault: Fault, ask: Ask) -> Response:
    """not found, though it is there, and nothing was done"""
    return _json(fault, "Not found.", 404)


def _unavailable(fault: Fault, ask: Ask) -> Response:
    """out of service, try later"""
    answer = _json(fault, "Service unavailable.", 503)
    answer.headers["Retry-After"] = str(max(1, round(fault.seconds)))
    return answer


def _garbage(fault: Fault, ask: Ask) -> Response:
    """done, but the answer makes no sense"""
    ask()
    return Response("<html><body>Welcome to nginx!</body></html>", 200, mimetype="text/html")


KINDS: dict[str, Callable[[Fault, Ask], Response]] = {
    "500": _error,
    "500_after": _error_after,
    "429": _too_many,
    "hang": _hang,
    "hang_before": _hang_before,
    "drop_before": _drop_before,
    "drop_after": _drop_after,
    "garbage": _garbage,
    "late": _late,
    "400": _bad_request,
    "404": _not_found,
    "503": _unavailable,
}


@dataclass(frozen=True)
class Weather:
    """How often a call goes wrong (0 to 1), in which ways, and how long what hangs may last (seconds); `dice` decides."""

    chance: float
    dice: random.Random
    kinds: Sequence[str]
    longest: float


class Faults:
    """The faults that are armed, by call. At most one a call: a later one takes the place of an earlier one.

    Besides there may be weather, in which any call can go wrong.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: dict[str, Fault] = {}
        self._weather: Weather | None = None
        self._released = threading.Event()
        self._late: list[Late] = []

    def set(self, call: str, fault: str, times: int = 1, seconds: float = 5.0) -> None:
        """Arm a fault for the next `times` calls; `seconds` is how long it hangs, or the Retry-After of a 429."""
        if call not in CALLS or fault not in KINDS:
            raise ValueError(f"no call {call!r} or no fault {fault!r}")
        if times < 1 or not 0 <= seconds <= 3600:
            raise ValueError("times must be at least 1, and seconds between 0 and 3600")
        with self._lock:
            self._armed[call] = Fault(call, fault, times, seconds, self._released, self._late)

    def weather(self, chance: float, dice: random.Random, kinds: Sequence[str] = tuple(KINDS), longest: float = 3.0) -> None:
        """From now on every call for which no fault is armed goes wrong with this chance, in one of these ways."""
        if not 0 <= chance <= 1 or not kinds or not set(kinds) <= KINDS.keys() or longest < 0:
            raise ValueError("chance must be from 0 to 1, kinds some of those there are, longest at least 0")
        with self._lock:
            self._weather = Weather(chance, dice, list(kinds), longest)

    def clear(self) -> None:
        """Disarm everything, end the weather, and let go of the calls that hang."""
        with self._lock:
            self._armed.clear()
            self._weather = None
            self._released.set()
            self._released = threading.Event()

    def work_off(self, backwards: bool = False, pick: Callable[[Late], bool] = lambda _: True) -> int:
        """Do what was asked for and put off (only what `pick` says), in order or the other way round; how much that was."""
        with self._lock:
            picked = [one for one in self._late if pick(one)]
            for one in picked:
                self._late.remove(one)
        for one in reversed(picked) if backwards else picked:
            one.ask()
        return len(picked)

    def armed(self) -> list[Fault]:
        """What would strike next, in the order of arming."""
        with self._lock:
            return list(self._armed.values())

    def take(self, call: str) -> Fault | None:
        """The fault for this call, which counts as one of its times."""
        with self._lock:
            fault = self._armed.get(call)
            if fault is None:
                return self._chance(call)
            fault.times -= 1
            if not fault.times:
                del self._armed[call]
            return fault

    def _chance(self, call: str) -> Fault | None:
        weather = self._weather
        if weather is None or weather.dice.random() >= weather.chance:
            return None
        kind, seconds = weather.dice.choice(weather.kinds), weather.dice.uniform(0, weather.longest)
        return Fault(call, kind, 1, seconds, self._released, self._late)
