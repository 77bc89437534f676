"""The whole sandbox: state, its Flask app, and the senders that tell the vendor."""

import time
from collections.abc import Sequence

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from sandbox.current import EXTENSION
from sandbox.deliveries.mail_server import PostOffice
from sandbox.deliveries.notice_sender import NoticeSender
from sandbox.knock.agent import Agent
from sandbox.knock.model import Community
from sandbox.knock.notices import notice_writer
from sandbox.knock.prospects import prospects
from sandbox.knock.scheduling import scheduling
from sandbox.knock.state import Knock
from sandbox.lock.api import lock
from sandbox.lock.callbacks import callback_writer
from sandbox.lock.state import LockSystem
from sandbox.memory import Memory
from sandbox.network.faults import Faults
from sandbox.network.gateway import Seam
from sandbox.pages import PAGES
from sandbox.pages.local import local_time
from sandbox.properties import communities
from sandbox.propexo.api import propexo
from sandbox.propexo.refusal import error_body
from sandbox.propexo.state import Propexo
from sandbox.seam import refusal as seam_refusal
from sandbox.seam.api import seamapi
from sandbox.seam.events import event_writer
from sandbox.seam.state import SeamConnect
from sandbox.settings import SandboxSettings
from sandbox.times import Clock, utcnow


class Sandbox:
    """All partners in one: `.knock`, `.propexo`, `.lock`, `.seam`, `.mailbox`, `.agent` (who works in Knock),
    `.faults`, `.calls`, `.memory` (whose lock keeps everything as it is for a look).

    It has the three usual properties, or those given. Notices go out only while it is served; until then, and between two
    times, they wait.
    """

    def __init__(self, settings: SandboxSettings, clock: Clock = utcnow, properties: Sequence[Community] = ()) -> None:
        self.settings, self.clock, self.faults = settings, clock, Faults()
        self.memory = memory = Memory(settings.state_path)
        listed = list(properties) or communities()
        retry = settings.webhook_retry_seconds, settings.webhook_attempts
        notice, callback = notice_writer(settings.webhook_token, clock), callback_writer(settings.access_secret, clock)
        self._notices = NoticeSender(settings.webhook_url, notice, memory, *retry)
        self._callbacks = NoticeSender(settings.callback_url, callback, memory, *retry)
        self.knock = Knock(listed, memory, clock, self._notices)
        units = {one.community_id: one.units for one in listed}
        self.lock = LockSystem(units, memory, clock, self._callbacks, settings)
        self._events = NoticeSender(settings.seam_webhook_url, event_writer(settings.seam_secret, clock), memory, *retry)
        self.seam = SeamConnect(units, memory, clock, self._events, settings)
        self.agent = Agent(self.knock, memory, clock)
        self.propexo = Propexo(self.knock, memory, clock)
        self._senders = {"notices": self._notices, "callbacks": self._callbacks, "seam_events": self._events}
        memory.keep(knock=self.knock, lock=self.lock, seam=self.seam, propexo=self.propexo, **self._senders)
        self.mailbox = PostOffice(settings.mail_folder)
        self.app = _flask_app(self)
        self._seam = Seam(self.app, self.faults)
        self.app.wsgi_app = self._seam  # type: ignore[method-assign]

    @property
    def calls(self) -> list[tuple[str, int]]:
        """(name, status) of every call to a partner; status 0 when it was not answered, or not yet."""
        return self._seam.calls

    def drain_notices(self, timeout: float = 60) -> None:
        """Wait until the vendor has taken every notice, callback and event, or raise TimeoutError."""
        deadline = time.monotonic() + timeout
        for sender in self._senders.values():
            sender.drain(max(0.0, deadline - time.monotonic()))

    def start(self) -> None:
        """Begin to notify, and to take mail. `serve` does this."""
        if self.settings.mail_port:
            self.mailbox.open(self.settings.mail_port)
        for sender in self._senders.values():
            sender.start()

    def close(self) -> None:
        """Let go of the calls that hang, and stop notifying; what is undelivered stays queued."""
        self.faults.clear()
        self.mailbox.close()
        for sender in self._senders.values():
            sender.close()


def _flask_app(sandbox: Sandbox) -> Flask:
    app = Flask("sandbox")
    app.extensions[EXTENSION] = sandbox
    app.register_error_handler(HTTPException, _plain_error)
    app.jinja_env.filters["local"] = local_time
    for blueprint in (scheduling, prospects, lock, propexo, seamapi, *PAGES):
        app.register_blueprint(blueprint)
    return app


def _plain_error(error: HTTPException) -> ResponseReturnValue:
    """Knock's, Propexo's and Seam's failures are JSON, also for paths they do not have."""
    if request.path.startswith("/knock/"):
        return {"errorMessage": error.description}, error.code or 500
    if request.path.startswith("/propexo/"):
        return error_body(error.code or 500, error.description or "Unknown error."), error.code or 500
    if request.path.startswith("/seam/"):
        return seam_refusal.error_body("not_found", error.description or "Unknown error."), error.code or 500
    return error.get_response()
