"""A request as ASGI has it, put to a WSGI application (PEP 3333)."""

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Environ = dict[str, Any]
Headers = list[tuple[bytes, bytes]]

_PIECE = 1024 * 1024
_ALWAYS: Environ = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    # The body is whole when the application is called, so that reading it ends where it ends.
    "wsgi.input_terminated": True,
}
# Those that are not HTTP_….
_OWN_NAMES = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


def environ_of(scope: Mapping[str, Any]) -> Environ:
    """The environ but for `wsgi.input`. Text in it is latin-1, as WSGI wants it."""
    path: bytes = scope["raw_path"]
    environ = {
        **_ALWAYS,
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": "HTTP/1.1" if scope["http_version"] == "1.1" else "HTTP/1.0",
        "SERVER_NAME": scope["server"][0],
        "SERVER_PORT": scope["server"][1],
        "REMOTE_ADDR": scope["client"][0],
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
    }
    for name, value in scope["headers"]:
        if b"_" in name:
            continue  # as an environ it could not be told from the one with a dash, which our proxy may have set
        key = _key_of(name)
        text = value.decode("latin-1")
        if key in environ:
            text = f"{environ[key]}{'; ' if name == b'cookie' else ','}{text}"
        environ[key] = text
    return environ


@lru_cache(maxsize=256)
def _key_of(name: bytes) -> str:
    return _OWN_NAMES.get(name) or "HTTP_" + name.decode("latin-1").upper().replace("-", "_")


class Answer(NamedTuple):
    """The head and the first piece of an answer; all of it, unless `more`."""

    status: int
    headers: Headers
    body: bytes
    more: bool


class WsgiCall:
    """One call of the application; the methods block, and are called one after the other, on any thread."""

    def __init__(self, app: "WSGIApplication", environ: Environ, body: bytes) -> None:
        self._app = app
        self._environ = environ
        environ["wsgi.input"] = BytesIO(body)
        self._head: tuple[str, list[tuple[str, str]]] | None = None
        self._written: list[bytes] = []
        self._rest: Iterator[bytes] = iter(())
        self._close: Callable[[], object] | None = None

    def begin(self) -> Answer:
        """Call the application. Raises whatever it raises."""
        answer = self._app(self._environ, self._start_response)
        self._rest, self._close = iter(answer), getattr(answer, "close", None)
        body, more = self.go_on()
        if self._head is None:
            raise RuntimeError("the application never called start_response")
        status, headers = self._head
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return Answer(int(status.split(" ", 1)[0]), encoded, body, more)

    def go_on(self) -> tuple[bytes, bool]:
        """The next piece, and whether there is more. Raises whatever the application raises."""
        pieces, self._written = self._written, []
        size = 0
        try:
            for piece in self._rest:
                pieces.append(piece)
                size += len(piece)
                if size >= _PIECE:
                    return b"".join(pieces), True
        except BaseException:
            self.end()
            raise
        self.end()
        return b"".join(pieces), False

    def end(self) -> None:
        """Tell the application that nothing more is wanted; once is enough."""
        close, self._close = self._close, None
        if close is not None:
            close()

    def _start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        """Nothing is sent before a whole piece is there, so that an error may still replace the head."""
        if self._head is not None and exc_info is None:
            raise AssertionError("start_response was called again")
        self._head = (status, headers)
        return self._written.append
