"""Bodies that are slow, large, broken off, or all at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

from vendor_app.server.request_body import BodyReader, ClientGone, TooMuchAtOnce, TooSlow

GONE = None
NEVER = "never"


def client(*pieces: bytes | str | None) -> Callable[[], Awaitable[dict[str, Any]]]:
    """One who sends these pieces, breaks off at GONE, and at NEVER sends nothing any more."""
    left = list(pieces)

    async def receive() -> dict[str, Any]:
        piece = left.pop(0)
        if piece is GONE:
            return {"type": "http.disconnect"}
        if piece == NEVER:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    return receive


def read(
    pieces: Iterable[bytes | str | None], environ: dict[str, Any], largest: int = 100, seconds: float = 30
) -> tuple[bytes, dict[str, Any]]:
    """The body and what the environ says afterwards."""
    reader = BodyReader(largest, seconds, in_all=1000)
    body = asyncio.run(reader.read(environ, client(*pieces)))
    assert reader._held == 0
    return body, environ


def stated(length: int, **more: Any) -> dict[str, Any]:
    return {"CONTENT_LENGTH": str(length), **more}


def chunked() -> dict[str, Any]:
    return {"HTTP_TRANSFER_ENCODING": "chunked"}


@pytest.mark.parametrize("environ", [{}, stated(0)])
def test_without_a_body_nothing_is_waited_for(environ: dict[str, Any]) -> None:
    assert read([NEVER], environ)[0] == b""


def test_a_body_of_stated_length_ends_with_it() -> None:
    assert read([b"abc", b"def", NEVER], stated(6)) == (b"abcdef", stated(6))


def test_a_body_in_chunks_ends_with_the_last_and_its_length_is_told() -> None:
    assert read([b"abc", b"", b"def", b""], chunked()) == (b"abcdef", stated(6))


@pytest.mark.parametrize("environ", [stated(6), chunked()])
def test_a_body_that_breaks_off_is_none(environ: dict[str, Any]) -> None:
    with pytest.raises(ClientGone):
        read([b"abc", GONE], environ)


@pytest.mark.parametrize("environ", [stated(6), chunked()])
def test_a_body_that_does_not_end_is_given_up(environ: dict[str, Any]) -> None:
    with pytest.raises(TooSlow):
        read([b"abc", NEVER], environ, seconds=0.02)


def test_a_body_of_the_largest_size_is_whole() -> None:
    assert read([b"x" * 60, b"x" * 40], stated(100))[0] == b"x" * 100


@pytest.mark.parametrize("environ", [stated(300), chunked()])
def test_of_a_body_that_is_too_large_no_more_is_kept_but_all_is_read(environ: dict[str, Any]) -> None:
    body, told = read([b"x" * 60] * 5 + [b""], environ)
    assert (body, told) == (b"x" * 60, stated(300))


def test_a_client_that_asks_before_it_sends_too_much_is_not_told_to_go_on() -> None:
    assert read([NEVER], stated(300, HTTP_EXPECT="100-continue"))[0] == b""


def test_a_body_beyond_all_measure_is_not_read() -> None:
    assert read([NEVER], stated(20 * 1024 * 1024))[0] == b""


def test_chunks_beyond_all_measure_are_read_no_further() -> None:
    body, told = read([b"x" * 9_000_000, b"x" * 9_000_000, NEVER], chunked())
    assert (body, told) == (b"", stated(18_000_000))


def test_all_bodies_together_are_bounded() -> None:
    async def many() -> list[Any]:
        reader = BodyReader(100, 0.1, in_all=250)
        held = [reader.read(stated(100), client(b"x" * 90, NEVER)) for _ in range(3)]
        first = await asyncio.gather(*held, return_exceptions=True)
        return [*map(type, first), await reader.read(stated(90), client(b"x" * 90))]

    assert asyncio.run(many()) == [TooSlow, TooSlow, TooMuchAtOnce, b"x" * 90]
