"""From ASGI to WSGI and back: what the application is told, and what becomes of its answer."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from vendor_app.server.wsgi_call import WsgiCall, environ_of

ONE_MEGABYTE = 1024 * 1024
Start = Any


def scope(path: bytes = b"/", headers: Iterable[tuple[bytes, bytes]] = (), **changes: Any) -> dict[str, Any]:
    """A request as granian tells it."""
    return {
        "method": "GET",
        "raw_path": path,
        "query_string": b"",
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", "8000"),
        "client": ("10.1.2.3", "50000"),
        "headers": [(b"host", b"example.com"), *headers],
        **changes,
    }


# What the application is told


def test_the_request_line_is_told() -> None:
    environ = environ_of(scope(b"/book/x", method="POST", query_string=b"a=%20b&c=\xff"))
    told = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "SERVER_PROTOCOL", "SCRIPT_NAME")
    assert [environ[name] for name in told] == ["POST", "/book/x", "a=%20b&c=\xff", "HTTP/1.1", ""]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (b"/a%20b", "/a b"),
        (b"/caf%C3%A9", "/caf\xc3\xa9"),
        (b"/%FF%00", "/\xff\x00"),
        (b"/100%", "/100%"),
        (b"/a%2Fb", "/a/b"),
        (b"/\xe9", "/\xe9"),
    ],
)
def test_a_path_is_decoded_to_its_bytes_as_latin_1(path: bytes, told: str) -> None:
    assert environ_of(scope(path))["PATH_INFO"] == told


def test_both_ends_of_the_connection_are_told() -> None:
    environ = environ_of(scope(scheme="https"))
    told = ("REMOTE_ADDR", "SERVER_NAME", "SERVER_PORT", "wsgi.url_scheme")
    assert [environ[name] for name in told] == ["10.1.2.3", "127.0.0.1", "8000", "https"]


def test_http_1_0_is_told() -> None:
    assert environ_of(scope(http_version="1"))["SERVER_PROTOCOL"] == "HTTP/1.0"


def test_headers_are_told_by_their_wsgi_names() -> None:
    environ = environ_of(scope(headers=[(b"x-a-header", b"caf\xe9"), (b"content-type", b"text/x"), (b"content-length", b"3")]))
    told = ("HTTP_HOST", "HTTP_X_A_HEADER", "CONTENT_TYPE", "CONTENT_LENGTH")
    assert [environ[name] for name in told] == ["example.com", "caf\xe9", "text/x", "3"]
    assert "HTTP_CONTENT_TYPE" not in environ and "HTTP_CONTENT_LENGTH" not in environ


def test_headers_that_come_twice_are_joined() -> None:
    environ = environ_of(scope(headers=[(b"accept", b"a"), (b"cookie", b"a=1"), (b"accept", b"b"), (b"cookie", b"b=2")]))
    assert (environ["HTTP_ACCEPT"], environ["HTTP_COOKIE"]) == ("a,b", "a=1; b=2")


def test_a_header_with_an_underscore_cannot_pass_for_one_of_our_proxys() -> None:
    proxy_and_client = [(b"x-forwarded-for", b"10.0.0.1"), (b"x_forwarded_for", b"6.6.6.6")]
    assert environ_of(scope(headers=proxy_and_client))["HTTP_X_FORWARDED_FOR"] == "10.0.0.1"
    assert environ_of(scope(headers=proxy_and_client[::-1]))["HTTP_X_FORWARDED_FOR"] == "10.0.0.1"


def test_two_requests_share_no_environ() -> None:
    environ_of(scope())["HTTP_X"] = "mine"
    assert "HTTP_X" not in environ_of(scope())


# What becomes of its answer


def call(app: Any, body: bytes = b"") -> WsgiCall:
    return WsgiCall(app, environ_of(scope()), body)


class Body:
    """An answer's body that counts how often it is closed."""

    def __init__(self, pieces: Iterable[bytes | Exception]) -> None:
        self._pieces = pieces
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self) -> None:
        self.closed += 1


def answering(body: Any, status: str = "200 OK", headers: Iterable[tuple[str, str]] = ()) -> Any:
    def app(environ: dict[str, Any], start_response: Start) -> Any:
        start_response(status, list(headers))
        return body

    return app


def test_an_answer_of_several_pieces_is_one() -> None:
    body = Body([b"a", b"", b"bc"])
    answer = call(answering(body, "404 Not Found", [("Content-Type", "text/plain")])).begin()
    assert tuple(answer) == (404, [(b"Content-Type", b"text/plain")], b"abc", False)
    assert body.closed == 1


def test_headers_that_come_twice_stay_two() -> None:
    twice = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=\xe9")]
    assert call(answering([], headers=twice)).begin().headers == [(b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=\xe9")]


def test_the_body_sent_can_be_read() -> None:
    def app(environ: dict[str, Any], start_response: Start) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["wsgi.input"].readline(), environ["wsgi.input"].read()]

    assert call(app, b"one\ntwo").begin().body == b"one\ntwo"


def test_an_answer_may_begin_only_when_it_is_read() -> None:
    def app(environ: dict[str, Any], start_response: Start) -> Iterator[bytes]:
        start_response("201 Created", [])
        yield b"late"

    assert (call(app).begin().status, call(app).begin().body) == (201, b"late")


def test_what_is_written_comes_before_what_is_returned() -> None:
    def app(environ: dict[str, Any], start_response: Start) -> list[bytes]:
        start_response("200 OK", [])(b"written ")
        return [b"returned"]

    assert call(app).begin().body == b"written returned"


def test_an_error_replaces_the_head() -> None:
    def app(environ: dict[str, Any], start_response: Start) -> list[bytes]:
        start_response("200 OK", [("A", "1")])
        start_response("500 Oh", [("B", "2")], (ValueError, ValueError(), None))
        return []

    assert tuple(call(app).begin())[:2] == (500, [(b"B", b"2")])


def test_starting_twice_without_an_error_is_refused() -> None:
    def app(environ: dict[str, Any], start_response: Start) -> list[bytes]:
        start_response("200 OK", [])
        start_response("200 OK", [])
        return []

    with pytest.raises(AssertionError):
        call(app).begin()


def test_an_application_that_never_starts_is_refused() -> None:
    with pytest.raises(RuntimeError, match="start_response"):
        call(lambda environ, start_response: [b"x"]).begin()


def test_an_answer_that_breaks_off_is_closed() -> None:
    body = Body([b"a", ZeroDivisionError()])
    with pytest.raises(ZeroDivisionError):
        call(answering(body)).begin()
    assert body.closed == 1


def test_a_large_answer_comes_in_pieces() -> None:
    body = Body([b"x" * 700_000] * 4)
    one = call(answering(body))
    first = one.begin()
    assert (len(first.body), first.more, body.closed) == (1_400_000, True, 0)
    rest, more = one.go_on()
    assert (len(rest), more) == (1_400_000, True)
    assert (one.go_on(), body.closed) == ((b"", False), 1)


def test_a_large_answer_that_nobody_wants_any_more_is_closed_once() -> None:
    body = Body([b"x" * ONE_MEGABYTE] * 3)
    one = call(answering(body))
    assert one.begin().more
    one.end()
    one.end()
    assert body.closed == 1
