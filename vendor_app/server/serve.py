"""The web server: granian, as many worker processes as asked for, each with an event loop and threads behind it.

A request keeps a thread only while it is worked on (server/gateway.py), and counts as being at work only while it waits for
nobody (threads.py). Whoever may wait is limited where they wait: in usecases/communities/waiting_places.py for a partner, in
store/engine/gate.py for the database.
"""

import resource
import socket
import sys
from collections.abc import Callable

from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from vendor_app.config import ConfigError
from vendor_app.server.early_answers import EarlyAnswers
from vendor_app.server.gateway import Gateway
from vendor_app.server.request_body import BodyReader
from vendor_app.server.workers import REFUSED, Server
from vendor_app.store import StoreError
from vendor_app.threads import Threads

# At work at once: some for pages, and one for each connection to the database, where a statement may wait for a lock.
_FOR_PAGES = 8
# No fewer than may wait at the same time in all rooms and at the database's gates together; a test adds them up.
MOST_WAITING = 280
_QUEUED = 512
_IDLE_SECONDS = 300.0
_BODY_SECONDS = 10.0
_ALL_BODIES = 128 * 1024 * 1024
# For the head of a request, and between two requests on a connection that is kept.
_HEAD_SECONDS = 20
_CONNECTIONS = 8192
_OTHER_FILES = 1024
# Of our own requests none takes longer; a worker that has not ended by then is killed.
_SECONDS_TO_END = 75


def gateway_of(app: Flask, database_connections: int) -> Gateway:
    """The application as it is served, with threads of its own; each database connection may keep one of those at work."""
    at_work = _FOR_PAGES + database_connections
    threads = Threads("requests", at_work, at_work + MOST_WAITING, _QUEUED, _IDLE_SECONDS)
    bodies = BodyReader(app.config["MAX_CONTENT_LENGTH"], _BODY_SECONDS, _ALL_BODIES)
    return Gateway(app, threads, bodies, EarlyAnswers(app))


def _load() -> Gateway:
    """Runs in the worker."""
    from vendor_app.web.current import collaborators  # noqa: PLC0415 - as below

    try:
        from wsgi import app  # noqa: PLC0415 - making the application is the worker's work, not its parent's
    except (ConfigError, StoreError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the operator reads it
        sys.exit(REFUSED)
    with app.app_context():
        return gateway_of(app, collaborators().config.database_pool)


def serve(listening: socket.socket, workers: int, load: Callable[[], Gateway] = _load) -> int:
    """Serve wsgi:app, or what `load` makes in each worker, until stopped; the exit status. Blocks."""
    server = Server(
        listening,
        "wsgi:app",
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEAD_SECONDS * 1000),
        workers=workers,
        workers_kill_timeout=_SECONDS_TO_END,
        backpressure=_connections(),
        websockets=False,
        log_level=LogLevels.error,
    )
    return server.run(load)


def _connections() -> int:
    """How many a worker keeps open at once: as many as there may be open files, up to a limit of ours."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _CONNECTIONS + _OTHER_FILES
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return max(allowed - _OTHER_FILES, allowed // 2)
