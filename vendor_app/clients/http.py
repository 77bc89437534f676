"""Every HTTP call to a partner: one session a thread, a deadline and a size limit on every call, the errors of errors.py."""

import contextlib
import json
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from marshmallow import Schema, ValidationError
from urllib3.exceptions import HTTPError, LocationParseError, NameResolutionError, NewConnectionError, ProxyError
from urllib3.exceptions import SSLError as TLSError

from schemas.base import field_errors
from vendor_app.clients.deadline import Deadline, WatchedAdapter
from vendor_app.clients.errors import KeysRefused, NotSent, PartnerError, Refused, Throttled, TimedOut, Unknown
from vendor_app.clients.watch import PartnerWatch

_LARGEST_ANSWER = 8 * 1024 * 1024
_CONNECT_SECONDS = 5.0
_LONGEST_WAIT = 86_400
_JSON = {"Accept": "application/json", "Accept-Encoding": "identity", "Content-Type": "application/json"}


@dataclass(frozen=True)
class Key:
    """A key of ours at a partner: the setting that holds it, and the headers that carry it."""

    setting: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request to a partner, in JSON. `name` stands in errors: the endpoint without ids.

    `most_seconds` is a shorter time limit than the client's.
    """

    name: str
    key: Key
    method: str
    path: str
    query: Mapping[str, str] | None = field(default=None, repr=False)
    body: bytes | None = field(default=None, repr=False)
    most_seconds: float | None = None


@dataclass(frozen=True)
class _Call:
    """What errors say about a request: its name, key and host; `failures` are the schemas of the partner's failures."""

    name: str
    key: str
    host: str
    failures: Sequence[Schema]


class PartnerHttp:
    """Calls one partner at `base_url`; safe to share between threads. `timeout` bounds a whole call.

    `failures` load the bodies of this partner's failures as `error_message` and `error_code`, and maybe `error_fields`; the
    first that finds something counts.
    """

    def __init__(self, base_url: str, timeout: timedelta, failures: Sequence[Schema], watch: PartnerWatch | None = None) -> None:
        self._base_url = base_url
        self._host = _host_and_port(base_url)
        self._failures = failures
        self._watch = watch or PartnerWatch()
        self._timeout = timeout.total_seconds()
        self._of_thread = threading.local()

    def call(self, request: Request, on_headers: Callable[[Mapping[str, str]], None] | None = None) -> tuple[int, Any]:
        """The status (2xx) and the JSON of the answer, None where there is no body. Raises PartnerError.

        `on_headers` is called with the headers of every answer, a failure's too; their names in any case.
        """
        asked = _Call(request.name, request.key.setting, self._host, self._failures)
        seconds = min(self._timeout, request.most_seconds or self._timeout)
        with self._watch.call(request.key.setting), Deadline(seconds) as deadline:
            try:
                answer = self._session().request(
                    request.method,
                    self._base_url + request.path,
                    params=request.query,
                    data=request.body,
                    headers={**_JSON, **request.key.headers},
                    timeout=(min(_CONNECT_SECONDS, seconds), seconds),
                    allow_redirects=False,
                    stream=True,
                )
            except (requests.RequestException, LocationParseError) as error:
                raise _failure_to_send(asked, error, late=deadline.is_over) from error
            with answer:
                if on_headers is not None:
                    on_headers(answer.headers)
                content = _read(answer, asked, deadline)
            return answer.status_code, _result_of(answer, content, asked)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._of_thread, "session", None)
        if session is None:
            session = self._of_thread.session = requests.Session()
            # The machine's proxies must not see what goes to a partner, nor its .netrc add credentials.
            session.trust_env = False
            for scheme in ("http://", "https://"):
                session.mount(scheme, WatchedAdapter(max_retries=0))
        return session


def _host_and_port(url: str) -> str:
    """Host and port, for messages: the rest of the URL may be secret."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.hostname}:{port}" if port else f"{parts.hostname}"


def path_part(text: str) -> str:
    """An id as one part of a path; dots are escaped too, for `..` would lead to the parent."""
    return quote(text, safe="").replace(".", "%2E")


def load(schema: Schema, answer: Any, name: str) -> Any:
    """The answer, loaded by its schema. Raises Unknown when it does not fit, for the call may have had its effect."""
    try:
        return schema.load(answer)
    except ValidationError as error:
        raise Unknown(name, f"the answer does not fit the contract at {', '.join(field_errors(error.messages))}") from error


def _read(answer: requests.Response, asked: _Call, deadline: Deadline) -> bytes:
    chunks, size = [], 0
    try:
        while chunk := answer.raw.read1(65536, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > _LARGEST_ANSWER:
                raise Unknown(asked.name, f"the answer of {asked.host} is larger than {_LARGEST_ANSWER} bytes")
            if deadline.is_over:
                raise TimedOut(asked.name, f"the answer of {asked.host} did not end in time")
    except (HTTPError, OSError) as error:
        if deadline.is_over:
            raise TimedOut(asked.name, f"the answer of {asked.host} did not end in time") from error
        raise Unknown(asked.name, f"the connection to {asked.host} broke while reading: {type(error).__name__}") from error
    # Even without an error: an answer without Content-Length simply ends when the deadline shuts the connection.
    if deadline.is_over:
        raise TimedOut(asked.name, f"the answer of {asked.host} did not end in time")
    return b"".join(chunks)


def _result_of(answer: requests.Response, content: bytes, asked: _Call) -> Any:
    name, status = asked.name, answer.status_code
    if 200 <= status < 300:
        return _parse(content, name) if content.strip() else None
    if status in (401, 403):
        raise KeysRefused(name, f"{asked.host} refused our key with status {status}: check {asked.key}")
    if status == 429:
        raise Throttled(name, f"too many requests, says {asked.host}", _retry_after(answer.headers.get("Retry-After", "")))
    said, code, fields = _failure_details(content, asked.failures)
    if 400 <= status < 500:
        raise Refused(name, said, status, code, fields)
    if 300 <= status < 400:
        raise Unknown(
            name, f"{asked.host} answered with a redirect (status {status}), which is not followed: check the address", status
        )
    unknown = Unknown(name, f"{asked.host} answered with status {status}", status, said, code)
    unknown.retry_after = _retry_after(answer.headers.get("Retry-After", "")) if status == 503 else None
    raise unknown


def _parse(content: bytes, name: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unknown(name, "the answer is not JSON") from error


def _failure_details(content: bytes, failures: Sequence[Schema]) -> tuple[str, str | None, list[str]]:
    """The failure's message, its code, and the fields it names."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return "", None, []
    for wording in failures:
        with contextlib.suppress(ValidationError):
            said = wording.load(answer)
            if said["error_message"] or said["error_code"]:
                return (said["error_message"] or "")[:500], said["error_code"], said.get("error_fields", [])
    return "", None, []


def _retry_after(text: str) -> timedelta | None:
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), _LONGEST_WAIT))
    try:
        return max(parsedate_to_datetime(text) - datetime.now(UTC), timedelta(0))
    except (ValueError, TypeError):
        return None


def _failure_to_send(asked: _Call, error: requests.RequestException | LocationParseError, *, late: bool) -> PartnerError:
    """NotSent for refused connections, unknown hosts and untrusted certificates: no byte of the request was sent; else Unknown.

    `late`: the deadline is over, and has itself shut the connection.
    """
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    before_sending = isinstance(reason, NewConnectionError | NameResolutionError | ProxyError)
    untrusted = isinstance(reason, TLSError) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    if before_sending or untrusted or isinstance(error, requests.ConnectTimeout | ValueError):
        return NotSent(asked.name, f"no connection to {asked.host}: {type(reason or error).__name__}")
    if late or isinstance(error, requests.Timeout):
        return TimedOut(asked.name, f"no answer from {asked.host} in time")
    return Unknown(asked.name, f"the connection to {asked.host} broke: {type(error).__name__}")
