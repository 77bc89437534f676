"""Reading requests' bodies on the event loop: a client that is slow with its body keeps no thread, and is not waited for long."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from vendor_app.server.wsgi_call import Environ

Receive = Callable[[], Awaitable[dict[str, Any]]]

_MOST_DISCARDED = 16 * 1024 * 1024


class TooSlow(Exception):
    """The body did not come in time."""


class TooMuchAtOnce(Exception):
    """The bodies that are just being read fill what there is for them."""


class ClientGone(Exception):
    """The connection ended before the body did."""


class BodyReader:
    """Reads bodies: each of at most `largest` bytes, within `seconds`, all those under way of at most `in_all` bytes together."""

    def __init__(self, largest: int, seconds: float, in_all: int) -> None:
        self._largest = largest
        self._seconds = seconds
        self._in_all = in_all
        self._held = 0

    async def read(self, environ: Environ, receive: Receive) -> bytes:
        """The body; what the environ says of its length is true afterwards. Raises TooSlow, TooMuchAtOnce, ClientGone.

        Of one that is too large only the beginning, or nothing: the application refuses it by its length.
        """
        chunked = environ.pop("HTTP_TRANSFER_ENCODING", None) is not None
        length = None if chunked else int(environ.get("CONTENT_LENGTH", 0))
        if length == 0 or (length is not None and self._is_not_worth_reading(length, environ)):
            return b""
        try:
            async with asyncio.timeout(self._seconds):
                body, size = await self._collect(length, receive)
        except TimeoutError as error:
            raise TooSlow from error
        environ["CONTENT_LENGTH"] = str(size if length is None else length)
        return body

    def _is_not_worth_reading(self, length: int, environ: Environ) -> bool:
        """It will be refused; either its sender waits for that before sending it, or it is beyond all measure."""
        return length > self._largest and (length > _MOST_DISCARDED or "HTTP_EXPECT" in environ)

    async def _collect(self, length: int | None, receive: Receive) -> tuple[bytes, int]:
        pieces: list[bytes] = []
        kept = size = 0
        try:
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise ClientGone
                piece = message.get("body", b"")
                size += len(piece)
                if size <= self._largest:
                    # What is beyond that is read and dropped: a client that is still sending would not hear our answer.
                    self._hold(len(piece))
                    kept += len(piece)
                    pieces.append(piece)
                if size == length or not message.get("more_body") or size > _MOST_DISCARDED:
                    return b"".join(pieces), size
        finally:
            self._held -= kept

    def _hold(self, count: int) -> None:
        if self._held + count > self._in_all:
            raise TooMuchAtOnce
        self._held += count
