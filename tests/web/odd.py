"""Requests that no browser and no sensible program sends, to any route, as a server hands them to the application (WSGI)."""

import gzip
import io
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st
from werkzeug.routing import Rule

from tests.sandbox.stage import NOON_IN_SEATTLE
from tests.world import COMMUNITY, JANE, SECRET, WEBHOOK_TOKEN
from vendor_app.signatures import STANDARD, SVIX, sign

TEXTS = [
    *("", " ", "\0", "a\0b", ".", "..", "../..", "%", "%ff", "\\", "'", '"', "; DROP TABLE tours; --", "{{7*7}}", "<script>"),
    *("é", "\U0001f3e0", "\u202e", "\ufeff", "\ufffe", "\ud800", "\r\n", "\x7f", "x" * 300, "x" * 10_000, "é" * 5_000),
    *("null", "true", "0", "-1", "1e999", "NaN", "9" * 5_000, "٣" * 10, "SELF_GUIDED", "IN_PERSON", "self_guided"),
    *("=?utf-8?q?x?=@example.com", '"a b"@example.com', "jané@example.com", "jane@exämple.com", "jane@example.com."),
    *("j" * 400 + "@example.com", "jane@[127.0.0.1]", "2065554567", "+1 206 555 4567 ext 9", "+" * 40),
    *("9999-12-31T23:59:59-08:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2026-06-10T12:30:00-07:00"),
    *("2026-06-10T12:30:00", "2026-06-10T12:30:00+99:99", "2026-W24-3", "0001-01-01", "9999-12-31", "2026-02-30"),
]
BYTES = [
    *(b"", b"\0", b"\xff", b"\xff\xfe{}", b"\xc3\x28", b"\xed\xa0\x80", b"{", b"[", b"null", b"17", b'"x"', b"{}{}", b"NaN"),
    *(b"[" * 100_000, b'{"a":' * 50_000, b"9" * 100_000, b"-1e999", b'{"\\ud800": "\\udfff"}', b"\xef\xbb\xbf{}"),
    *(gzip.compress(b"{}"), b"\x1f\x8b\x08 rubbish", b"a=b&c", b"%", b"=%ff&%00=&&&;", b"x" * 2_000_000),
    *(b"--x\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\n", b"--x--", b"1\r\nx\r\n0\r\n\r\n"),
    *(text.encode("utf-8", "surrogatepass") for text in TEXTS),
]
TYPES = [
    *("application/json", "application/json; charset=utf-16", "application/json; charset=no-such", "application/problem+json"),
    *("application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-7", "text/plain", "", "/", ";"),
    *("multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary="),
    *("multipart/form-data; boundary=\xff", "multipart/form-data; boundary=" + "x" * 300, "x" * 3_000),
]
LENGTHS = ["", "-1", "abc", "0", "5", "99999999999999999999", "1e3", "٣".encode().decode("latin-1")]
METHODS = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "BREW", "get"]
QUERIES = [b"tourType", b"utm_knock_source_title", b"startTime", b"idempotencyKey", b"firstName", b"a[]"]
SELDOM = [
    *("Host", "Accept", "Referer", "Content-Encoding", "Transfer-Encoding", "Range", "If-None-Match", "Origin", "X-CSRFToken"),
    *("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "webhook-signature", "svix-timestamp"),
]

texts = st.one_of(st.sampled_from(TEXTS), st.text(max_size=10))
some_bytes = st.one_of(st.sampled_from(BYTES), st.binary(max_size=20))
in_latin_1 = some_bytes.map(lambda odd: odd[:12_000].decode("latin-1"))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(texts, inner, max_size=2)),
    max_leaves=4,
)


def mostly(good: Any, odd: st.SearchStrategy[Any], times: int = 11) -> st.SearchStrategy[Any]:
    """The good one so many times as often as an odd one."""
    return st.sampled_from([*[True] * times, False]).flatmap(lambda is_good: st.just(good) if is_good else odd)


@dataclass(frozen=True)
class Known:
    """What there is: with it a request gets past the first doors."""

    tour_id: str
    token: str
    arrival_id: str
    cookie: str
    csrf: str

    def in_path(self, name: str) -> str:
        """What stands for a variable of a route."""
        good = {"community_id": COMMUNITY, "tour_id": self.tour_id, "token": self.token, "arrival_id": self.arrival_id}
        return good.get(name, "tours.css")

    def body(self) -> dict[str, Any]:
        """The fields of every body, those of a good booking among them."""
        return {
            "arrivalId": self.arrival_id,
            "communityId": COMMUNITY,
            "startTime": "2026-06-11T12:30:00-07:00",
            "profile": {**JANE, "moveDate": "2026-09-01", "occupants": 2, "pets": ["CAT"]},
            "smsConsent": True,
            "unitNames": ["204"],
            "code": "123456",
            "type": "access.door_unlocked",
            "data": {"tourId": self.tour_id, "door": "Front entrance", "occurredAt": NOON_IN_SEATTLE.isoformat()},
            "edges": [{"type": "APPOINTMENT", "node": {"appointmentId": "1", "status": "CONFIRMED"}}],
        }


# The fields that a route knows, so that one with a single odd field is not refused for the others.
TAKES = {
    "booking.Tours": ("arrivalId", "communityId", "startTime", "profile", "smsConsent", "unitNames"),
    "tours.finish": ("unitNames",),
    "tours.reschedule": ("startTime",),
    "tours.verify": ("code",),
}


@st.composite
def requests_to(draw: st.DrawFn, rule: Rule, known: Known) -> dict[str, Any]:
    """A WSGI environment: what a server makes of a request."""
    (own,) = {"GET", "POST"} & (rule.methods or set())
    content_type, body = draw(_bodies(rule, known)) if own == "POST" else ("", draw(mostly(b"", some_bytes)))
    headers = draw(_headers(rule, known, body))
    return {
        "REQUEST_METHOD": draw(mostly(own, st.sampled_from(METHODS))),
        "SCRIPT_NAME": "",
        "PATH_INFO": draw(_paths(rule, known)),
        "QUERY_STRING": draw(mostly("", _queries(), 2)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": str(draw(st.integers(0, 2**32))),  # each from somewhere else: none has tried too often
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": draw(mostly(str(len(body)), st.sampled_from(LENGTHS), 30)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }


@st.composite
def _paths(draw: st.DrawFn, rule: Rule, known: Known) -> str:
    """The rule's path with something in its variables; now and then with something after it."""

    def fill(found: re.Match[str]) -> str:
        return str(draw(mostly(known.in_path(found[1]), in_latin_1)))

    path = re.sub(r"<(?:\w+:)?(\w+)>", fill, rule.rule)
    return path + str(draw(mostly("", st.sampled_from(["/", "//", "/..", "%00", "\0", ";a=b"]), 30)))


@st.composite
def _queries(draw: st.DrawFn) -> str:
    """Escaped or not, as bytes that a server keeps as Latin-1."""
    pairs = draw(st.lists(st.tuples(st.one_of(st.sampled_from(QUERIES), some_bytes), some_bytes), min_size=1, max_size=2))
    raw = b"&".join(name[:5_000] + b"=" + value[:5_000] for name, value in pairs)
    return raw.decode("latin-1") if draw(st.booleans()) else quote_from_bytes(raw, safe="=&")


@st.composite
def _headers(draw: st.DrawFn, rule: Rule, known: Known, body: bytes) -> dict[str, str]:
    """What opens the route's door, mostly as it should be; and others, seldom."""
    made: dict[str, str] = {}
    if rule.endpoint == "booking.Tours":
        made["Idempotency-Key"] = draw(mostly(f"{draw(st.uuids())}", in_latin_1))
    if rule.rule.startswith("/api/v1/tours/") or rule.endpoint == "knock_notices.take":
        good = known.token if rule.rule.startswith("/api/") else WEBHOOK_TOKEN
        made["Authorization"] = draw(mostly(f"Bearer {good}", st.one_of(in_latin_1, in_latin_1.map("Bearer {}".format))))
    if rule.endpoint in ("access_callbacks.take", "seam_events.take") and body.isascii():
        prefix = STANDARD if rule.endpoint == "access_callbacks.take" else SVIX
        made |= sign(SECRET, draw(mostly(f"{draw(st.uuids())}", texts)), body, NOON_IN_SEATTLE, prefix)
    if rule.rule.startswith(("/book/", "/tour/")):
        made["Cookie"] = draw(mostly(known.cookie, in_latin_1))
    odd = st.one_of(in_latin_1, st.sampled_from(["gzip", "chunked", "bytes=0-", "https"]))
    return {**made, **draw(mostly({}, st.dictionaries(st.sampled_from(SELDOM), odd, min_size=1, max_size=2), 2))}


@st.composite
def _bodies(draw: st.DrawFn, rule: Rule, known: Known) -> tuple[str, bytes]:
    """A body and its content type: a form for a page, JSON for a program, of which up to two fields are odd; or anything."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(TYPES)), draw(some_bytes)
    if rule.rule.startswith(("/book/", "/tour/")):
        return draw(_forms(known))
    good = {name: value for name, value in known.body().items() if name in TAKES.get(rule.endpoint, (name,))}
    content = draw(st.one_of(values, *[_spoilt(good, values)] * 5))
    return draw(mostly("application/json", st.sampled_from(TYPES))), json.dumps(content).encode()


@st.composite
def _forms(draw: st.DrawFn, known: Known) -> tuple[str, bytes]:
    body = known.body()
    good = {**body["profile"], "pets": "CAT", "startTime": body["startTime"], "smsConsent": "true", "unitNames": "204"}
    typed = draw(_spoilt({name: str(value).encode() for name, value in good.items()}, some_bytes)) | {
        "csrf_token": known.csrf.encode()
    }
    pairs = [(name.encode("utf-8", "surrogatepass"), value) for name, value in typed.items()]
    if draw(st.booleans()):
        encoded = "&".join(f"{quote_from_bytes(name)}={quote_from_bytes(value)}" for name, value in pairs)
        return draw(mostly("application/x-www-form-urlencoded", st.sampled_from(TYPES))), encoded.encode()
    parts = b"".join(b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % pair for pair in pairs) + b"--x--\r\n"
    return draw(mostly("multipart/form-data; boundary=x", st.sampled_from(TYPES))), parts[
        : draw(mostly(len(parts), st.integers(0, 200), 5))
    ]


@st.composite
def _spoilt(draw: st.DrawFn, good: dict[str, Any], odd: st.SearchStrategy[Any]) -> dict[str, Any]:
    """With up to two fields changed, left out or added; those of an inner object too."""
    changed = dict(good)
    for name in draw(st.lists(st.one_of(*[st.sampled_from(sorted(good) or [""])] * 4, texts), max_size=2)):
        what = draw(st.integers(0, 5))
        if what == 0:
            changed.pop(name, None)
        else:
            inner = changed.get(name)
            changed[name] = draw(_spoilt(inner, odd)) if isinstance(inner, dict) and what > 2 else draw(odd)
    return changed
