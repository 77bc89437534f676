"""A WSGI application with every kind of answer, as a process: `python -m tests.server.zoo gateway|wsgi PORT`.

Behind our gateway, or behind granian's own WSGI server, whose answers ours have to be like.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Flask
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from vendor_app.server.early_answers import EarlyAnswers
from vendor_app.server.gateway import Gateway
from vendor_app.server.request_body import BodyReader
from vendor_app.threads import Threads

TOLD = (
    "REQUEST_METHOD",
    "PATH_INFO",
    "QUERY_STRING",
    "REMOTE_ADDR",
    "wsgi.url_scheme",
    "CONTENT_TYPE",
    "HTTP_COOKIE",
    "HTTP_X_A",
)
BODY_SECONDS = 1.0
LARGEST = 1024 * 1024
AT_WORK = 2
QUEUED = 10
Start = Any


def zoo(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    """By path."""
    return KINDS.get(environ["PATH_INFO"], _echo)(environ, start_response)


def _echo(environ: dict[str, Any], start_response: Start) -> list[bytes]:
    body = environ["wsgi.input"].read()
    told = {name: environ[name] for name in TOLD if name in environ} | {"body": body.decode("latin-1")}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]


def _cookies(environ: dict[str, Any], start_response: Start) -> list[bytes]:
    start_response("200 Fine", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2; Path=/"), ("Content-Length", "2")])
    return [b"ok"]


def _empty(environ: dict[str, Any], start_response: Start) -> list[bytes]:
    start_response("204 No Content", [("X-Kept", "yes")])
    return []


def _not_modified(environ: dict[str, Any], start_response: Start) -> list[bytes]:
    start_response("304 Not Modified", [("ETag", '"1"')])
    return []


def _redirect(environ: dict[str, Any], start_response: Start) -> list[bytes]:
    start_response("303 See Other", [("Location", "/elsewhere"), ("Content-Length", "0")])
    return []


def _stream(environ: dict[str, Any], start_response: Start) -> Iterator[bytes]:
    start_response("200 OK", [])
    for number in range(3):
        yield f"{number} ".encode()


def _large(environ: dict[str, Any], start_response: Start) -> Iterator[bytes]:
    start_response("200 OK", [])
    for _ in range(50):
        yield b"x" * 100_000


def _fails(environ: dict[str, Any], start_response: Start) -> list[bytes]:
    raise ZeroDivisionError


def _exits(environ: dict[str, Any], start_response: Start) -> list[bytes]:
    raise SystemExit


def _breaks_off(environ: dict[str, Any], start_response: Start) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Length", "5000000")])
    yield b"x" * 2_000_000
    raise ZeroDivisionError


def _bad_header(environ: dict[str, Any], start_response: Start) -> list[bytes]:
    start_response("200 OK", [("X-Bad", "a\nb")])
    return [b"ok"]


def _slow(environ: dict[str, Any], start_response: Start) -> list[bytes]:
    time.sleep(float(environ["QUERY_STRING"]))
    start_response("200 OK", [])
    return [b"slept"]


KINDS: dict[str, Callable[[dict[str, Any], Start], Iterable[bytes]]] = {
    "/cookies": _cookies,
    "/empty": _empty,
    "/not-modified": _not_modified,
    "/redirect": _redirect,
    "/stream": _stream,
    "/large": _large,
    "/fails": _fails,
    "/exits": _exits,
    "/breaks-off": _breaks_off,
    "/bad-header": _bad_header,
    "/slow": _slow,
}


def _gateway(_target: str) -> Gateway:
    threads = Threads("zoo", AT_WORK, AT_WORK, QUEUED, idle_seconds=60)
    pages = Flask("vendor_app.web")
    return Gateway(zoo, threads, BodyReader(LARGEST, BODY_SECONDS, in_all=4 * LARGEST), EarlyAnswers(pages))


def main(kind: str, port: int) -> None:
    """Serve until stopped."""
    servers: dict[str, tuple[Interfaces, Callable[..., Callable[..., Any]]]] = {
        "gateway": (Interfaces.ASGINL, _gateway),
        "wsgi": (Interfaces.WSGI, lambda _target: zoo),
    }
    interface, load = servers[kind]
    server = Granian("zoo", port=port, interface=interface, http=HTTPModes.http1, websockets=False, log_level=LogLevels.critical)
    server.serve(target_loader=load)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
