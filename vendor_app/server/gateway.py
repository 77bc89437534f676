"""The ASGI application in front of the WSGI one.

The event loop reads the whole body first, so that a slow client costs a connection and no thread. Then the application is
called on one of `Threads`. What cannot be taken on is said at once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from vendor_app.log_limit import LogLimit
from vendor_app.server.early_answers import TOO_SLOW, EarlyAnswers
from vendor_app.server.request_body import BodyReader, ClientGone, Receive, TooMuchAtOnce, TooSlow
from vendor_app.server.wsgi_call import WsgiCall, environ_of
from vendor_app.threads import QueueFull, Threads
from vendor_app.web.problems import BUSY, OUR_FAULT

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Send = Callable[[dict[str, Any]], Awaitable[None]]
_ResultT = TypeVar("_ResultT")
log = logging.getLogger(__name__)

_SECONDS_TO_TAKE_A_PIECE = 30.0


class Gateway:
    """Serves a WSGI application by ASGI."""

    def __init__(self, app: "WSGIApplication", threads: Threads, bodies: BodyReader, early: EarlyAnswers) -> None:
        self._app = app
        self._threads = threads
        self._bodies = bodies
        self._early = early
        self._log_limit = LogLimit(10)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        environ = environ_of(scope)
        try:
            call = WsgiCall(self._app, environ, await self._bodies.read(environ, receive))
            answer = await self._on_thread(call.begin)
        except ClientGone:
            return
        except TooSlow:
            answer = self._early.answer(TOO_SLOW, environ["PATH_INFO"])
        except (TooMuchAtOnce, QueueFull):
            if self._log_limit.allows():
                log.warning("requests are refused: more come than can be answered")
            answer = self._early.answer(BUSY, environ["PATH_INFO"])
        except Exception:
            log.exception("the application failed")
            answer = self._early.answer(OUR_FAULT, environ["PATH_INFO"])
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body, "more_body": answer.more})
        if answer.more:
            await self._send_rest(call, send)

    async def _send_rest(self, call: WsgiCall, send: Send) -> None:
        """Piece by piece, as the client takes them; one that takes none for long is cut off."""
        more = True
        try:
            while more:
                body, more = await self._on_thread(call.go_on)
                async with asyncio.timeout(_SECONDS_TO_TAKE_A_PIECE):
                    await send({"type": "http.response.body", "body": body, "more_body": more})
        finally:
            if more:
                self._threads.submit(call.end)

    async def _on_thread(self, act: Callable[[], _ResultT]) -> _ResultT:
        """What `act` returns or raises, on one of the threads. Raises QueueFull."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[_ResultT] = loop.create_future()

        def job() -> None:
            try:
                result = act()
            except BaseException as error:  # noqa: BLE001 - whatever it is, the request waits for it
                loop.call_soon_threadsafe(_fail, done, error)
            else:
                loop.call_soon_threadsafe(_succeed, done, result)

        self._threads.submit(job)
        return await done


def _succeed(done: "asyncio.Future[_ResultT]", result: _ResultT) -> None:
    if not done.cancelled():
        done.set_result(result)


def _fail(done: "asyncio.Future[Any]", error: BaseException) -> None:
    if not done.cancelled():
        done.set_exception(error if isinstance(error, Exception) else RuntimeError(repr(error)))
