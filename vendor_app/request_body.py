"""Reading requests' bodies on the event loop: a client that is slow with its body keeps no thread, and is not waited for long."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from vendor_app.wsgi_call import Environ

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
        """The body; of one that is too large, more than `largest` of a stated length, nothing, and else a little more than that.

        The application then refuses it by the length. Raises TooSlow, TooMuchAtOnce, ClientGone.
        """
        stated = environ.get("CONTENT_LENGTH")
        length = int(stated) if stated is not None else None
        if length == 0 or (length is None and "HTTP_TRANSFER_ENCODING" not in environ):
            return b""
        if length is not None and length > self._largest and (length > _MOST_DISCARDED or "HTTP_EXPECT" in environ):
            return b""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._collect(length, receive)
        except TimeoutError as error:
            raise TooSlow from error

    async def _collect(self, length: int | None, receive: Receive) -> bytes:
        pieces: list[bytes] = []
        kept = size = 0
        try:
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise ClientGone
                piece = message.get("body", b"")
                size += len(piece)
                if kept <= self._largest:
                    # What comes after that is read and dropped: a client that is still sending would not hear our answer.
                    self._hold(len(piece))
                    kept += len(piece)
                    pieces.append(piece)
                if size == length or not message.get("more_body") or size > _MOST_DISCARDED:
                    return b"".join(pieces)
        finally:
            self._held -= kept

    def _hold(self, count: int) -> None:
        if self._held + count > self._in_all:
            raise TooMuchAtOnce
        self._held += count
