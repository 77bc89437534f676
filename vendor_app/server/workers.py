"""Granian's worker processes by our rules.

- They share one socket, made before them: nobody else gets the port, and who connects while a worker is replaced is answered by
  the next one. (Granian's own way, a socket a worker with SO_REUSEPORT, lets a second server take every other request.)
- One that dies is replaced, however often: granian itself gives up on the second death within seconds. But one that could not
  begin has said why, and one that refuses to go on (status 2) too; and where they are killed again and again before they could
  begin the next will not do better: then all of it ends.
- They end with their parent.

This overrides what granian does not promise to keep, so setup.cfg names the version.
"""

import logging
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from granian._granian import SocketHolder
from granian.server.mp import MPServer

from vendor_app.parent import end_with

log = logging.getLogger(__name__)

REFUSED = 2
"""The exit status of a worker that has found that it must not serve, and has said why."""
# Of each worker, with none that began meanwhile.
_MOST_FAILED_STARTS = 3


class Server(MPServer):
    """Serves at `listening`, until it is stopped or its workers cannot begin. `options` are granian's."""

    def __init__(self, listening: socket.socket, target: str, **options: Any) -> None:
        host, port = listening.getsockname()[:2]
        super().__init__(target, host, port, respawn_failed_workers=True, **options)
        self._listening = listening
        self._told, self._tell = multiprocessing.Pipe(duplex=False)
        self._begun: set[int] = set()
        self._failed_starts = 0
        self._status = 0

    def run(self, load: Callable[[], Callable[..., Any]]) -> int:
        """Serve what `load` makes, which is called in each worker; the exit status. Blocks."""
        try:
            self.serve(target_loader=partial(_begin, os.getpid(), load, self._tell), wrap_loader=False)
        except SystemExit:  # granian's word for a worker that ended before it was told to, also while all of it is being stopped
            if not self.interrupt_signal:
                raise
        return self._status

    def _init_shared_socket(self) -> None:
        self._ssp: None = None
        self._shd: Any = SocketHolder(self._listening.fileno(), False, self.backlog)  # type: ignore[call-arg]
        self._sso = self._listening

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        """Granian calls this for those that died, and with a delay for all of them, on SIGHUP."""
        if not delay:  # of those that die at the same instant granian's list may lack some
            workers = [index for index, worker in enumerate(self.wrks) if not worker.inner.is_alive()]
        self._status = max((self._reason_to_end(self.wrks[index].inner) for index in workers), default=0)
        if self._status:
            self.interrupt_signal = True
        else:
            super()._respawn_workers(workers, spawn_target, target_loader, delay)
            self.respawned_wrks.clear()
        if self._status or self.interrupt_children:
            self.main_loop_interrupt.set()

    def _reason_to_end(self, worker: BaseProcess) -> int:
        """The exit status for all, or 0 when this one is to be replaced."""
        while self._told.poll():
            self._begun.add(int(self._told.recv_bytes()))
            self._failed_starts = 0
        status = worker.exitcode or 0  # below 0: the signal that killed it
        if status == REFUSED:
            return REFUSED
        if worker.exitcode is None or worker.pid in self._begun:
            self._failed_starts = 0
            return 0
        self._failed_starts += 1
        if status > 0 or self._failed_starts < _MOST_FAILED_STARTS * self.workers:
            return max(status, 0)
        log.error("the web's workers are killed before they can begin, the last by signal %s", -status)
        return 1


def _begin(parent: int, load: Callable[[], Callable[..., Any]], tell: Connection) -> Callable[..., Any]:
    """Runs in the worker: what it is to serve."""
    # Ctrl-C is for the parent, who says SIGTERM: a worker of granian's that hears both at once may never end.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    # The parent's handler came along, and would do nothing here; granian sets its own once there is something to stop.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end_with(parent)
    app = load()
    tell.send_bytes(str(os.getpid()).encode())
    return app
