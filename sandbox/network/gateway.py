"""The one place between the network and the partners: records each call, and breaks it when a fault is armed."""

import socket
import threading
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.wrappers import Request, Response

from sandbox.network.calls import call_name
from sandbox.network.faults import Dropped, Faults

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Seam:
    """WSGI middleware. `calls` holds (name, status) in order of arrival; 0 means not answered (yet, or ever)."""

    def __init__(self, app: Flask, faults: Faults) -> None:
        self.calls: list[tuple[str, int]] = []
        self._app, self._inner = app, app.wsgi_app
        self._faults, self._lock = faults, threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Pages pass untouched; calls to a partner are recorded and may be broken."""
        request = Request(environ)
        # Read first: closing a connection with unread bytes would reset it before the caller has finished sending.
        environ["wsgi.input"] = BytesIO(request.get_data())
        name = call_name(self._app, request)
        if name is None:
            return self._inner(environ, start_response)
        return self._recorded(name, environ)(environ, start_response)

    def _recorded(self, name: str, environ: "WSGIEnvironment") -> Response:
        entry = (name, 0)
        self.calls.append(entry)
        answer = _answer(self._inner, self._faults, name, environ)
        self._amend(entry, answer.status_code)
        return answer

    def _amend(self, entry: tuple[str, int], status: int) -> None:
        with self._lock:  # found by identity: a test may have cleared the list in between
            places = [place for place, one in enumerate(self.calls) if one is entry]
            for place in places:
                self.calls[place] = (entry[0], status)


def _answer(inner: "WSGIApplication", faults: Faults, name: str, environ: "WSGIEnvironment") -> Response:
    def ask() -> Response:
        return Response.from_app(inner, environ, buffered=True)

    fault = faults.take(name)
    try:
        return fault.strike(ask) if fault else ask()
    except Dropped:
        _hang_up(environ)
        raise


def _hang_up(environ: "WSGIEnvironment") -> None:
    connection: socket.socket | None = environ.get("werkzeug.socket")
    if connection:
        connection.shutdown(socket.SHUT_RDWR)
