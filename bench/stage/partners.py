"""Knock and a lock system in one small server: `python -m bench.stage.partners PORT`.

It is not the sandbox, which is Flask and keeps records: that would answer more slowly than the product asks. This one looks at
the first line only, answers with what is always the same but for ids, and remembers when it was asked to grant and to revoke.
`PUT /delay/100` has it answer everything after 100 milliseconds from then on; `GET /seen` tells what it remembers, once.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, cast

import uvloop

from vendor_app.parent import end_with

COMMUNITIES = [f"community{number:02}" for number in range(20)]
STARTS = 168
_BEFORE_THE_FIRST = timedelta(minutes=6)


class Partners:
    """What is answered."""

    def __init__(self) -> None:
        self.delay = 0.0
        self._seen: list[dict[str, Any]] = []
        self._ids = count(1)
        first = datetime.now(UTC).replace(second=0, microsecond=0) + _BEFORE_THE_FIRST
        starts = [(first + timedelta(minutes=30 * number)).isoformat() for number in range(STARTS)]
        nodes = [{"node": {"communityId": one, "communityName": f"The {one}"}} for one in COMMUNITIES]
        none = {"pageInfo": {"hasNextPage": False, "endCursor": None}}
        self._times = _answer({"acceptableTimes": starts})
        self._communities = _answer({"edges": nodes, **none})
        self._events = _answer({"edges": [], **none})

    def answer(self, method: str, path: str, body: bytes) -> bytes:
        """The whole answer."""
        if path.endswith("/available-times") or "/available-times?" in path:
            return self._times
        for begins, make in self._made:
            if f"{method} {path}".startswith(begins):
                return make(self, path, body)
        return _answer({})

    def _grant_or_revoke(self, _: str, body: bytes) -> bytes:
        asked = json.loads(body)
        self._seen.append({"type": asked["type"], **asked["data"], "at": time.monotonic()})
        return _answer({"code": "123456"})

    def _book(self, _: str, __: bytes) -> bytes:
        number = next(self._ids)
        return _answer({"appointmentId": f"appointment{number}", "prospectId": f"prospect{number}", "status": "CONFIRMED"})

    def _prospect(self, path: str, _: bytes) -> bytes:
        return self._events if "/events" in path else _answer({"prospectId": path.rsplit("/", 1)[1]})

    def _tell(self, _: str, __: bytes) -> bytes:
        seen, self._seen = self._seen, []
        return _answer(seen)

    def _wait(self, path: str, _: bytes) -> bytes:
        self.delay = int(path.rsplit("/", 1)[1]) / 1000
        return _answer({})

    _made: tuple[tuple[str, Callable[["Partners", str, bytes], bytes]], ...] = (
        ("POST /lock", _grant_or_revoke),
        ("POST /knock/appointment/request", _book),
        ("GET /knock/communities", lambda self, _, __: self._communities),
        ("GET /knock/prospect/", _prospect),
        ("POST /knock/visit", lambda self, _, __: _answer({"visitId": f"visit{next(self._ids)}"})),
        ("POST /knock/prospect", lambda self, _, __: _answer({"id": f"prospect{next(self._ids)}"})),
        ("GET /seen", _tell),
        ("PUT /delay/", _wait),
    )


class _Connection(asyncio.Protocol):
    def __init__(self, partners: Partners) -> None:
        self._partners = partners
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._asked += data
        head, found, body = self._asked.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if not found or len(body) < int(length or 0):
            return
        self._asked = b""
        method, path, _ = head.split(b" ", 2)
        delay = self._partners.delay
        answer = self._partners.answer(method.decode(), path.decode(), body)
        if delay:
            asyncio.get_running_loop().call_later(delay, self._transport.write, answer)
        else:
            self._transport.write(answer)


def _answer(content: Any) -> bytes:
    body = json.dumps(content).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def _serve(port: int) -> None:
    partners = Partners()
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(partners), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    end_with(int(sys.argv[2]))
    uvloop.run(_serve(int(sys.argv[1])))
