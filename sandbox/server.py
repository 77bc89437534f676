"""A real server around a sandbox, on a thread of its own."""

import socket
import threading
from types import TracebackType
from typing import Self

from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.sandbox import Sandbox


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: paths carry source titles, and a test's output is no place for an access log."""


class Served:
    """A sandbox that listens. Close it, or use it as a context manager; the sandbox can be served again later."""

    def __init__(self, sandbox: Sandbox, host: str, port: int) -> None:
        self._sandbox = sandbox
        with socket.create_server((host, port)) as listening:  # make_server would end the process where the port is taken
            sandbox.start()
            self._server = make_server(host, port, sandbox.app, threaded=True, request_handler=_Quiet, fd=listening.fileno())
        self.port: int = self._server.port
        self.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and notifying at once; calls that hang are let go."""
        self._sandbox.close()
        self._server.shutdown()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def serve(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> Served:
    """Listen on `host` and `port` (0: any free one) until the returned object is closed. Raises OSError where it is taken."""
    return Served(sandbox, host, port)
