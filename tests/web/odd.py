"""Requests that no browser and no sensible program sends, to any route, as a server hands them to the application (WSGI)."""

import gzip
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st
from werkzeug.routing import Rule

from tests.fixtures import knock
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

# Made once: Hypothesis takes longer to look a strategy over than to draw from it.
texts = st.one_of(st.sampled_from(TEXTS), st.text(max_size=10))
some_bytes = st.one_of(st.sampled_from(BYTES), st.binary(max_size=20))
in_latin_1 = some_bytes.map(lambda odd: odd[:12_000].decode("latin-1"))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(texts, inner, max_size=2)),
    max_leaves=4,
)
numbers = st.integers(0, 2**64)
dice = st.integers(0, 59)
types, lengths = st.sampled_from(TYPES), st.sampled_from(LENGTHS)
methods, queries = st.sampled_from(METHODS), st.sampled_from(QUERIES)
tails = st.sampled_from(["/", "//", "/..", "%00", "\0", ";a=b"])
tokens = st.one_of(in_latin_1, in_latin_1.map("Bearer {}".format))
seldom = st.tuples(st.sampled_from(SELDOM), st.one_of(in_latin_1, st.sampled_from(["gzip", "chunked", "bytes=0-", "https"])))


class Dice:
    """Draws for one request."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def one_in(self, times: int) -> bool:
        """Whether it is one of the odd ones, on average one of so many (of 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)."""
        return self.draw(dice) % times == times - 1

    def mostly(self, good: Any, odd: st.SearchStrategy[Any], times: int = 12) -> Any:
        """The good one, but for one of so many."""
        return self.draw(odd) if self.one_in(times) else good


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
            "event_type": "lock.unlocked",
            "event_id": "event-1",
            "edges": [{"type": "APPOINTMENT", "node": knock("appointment_notice")["edges"][0]["node"]}],
        }


# The fields that a route knows, so that one with a single odd field is not refused for the others.
TAKES = {
    "booking.Tours": ("arrivalId", "communityId", "startTime", "profile", "smsConsent", "unitNames"),
    "tours.finish": ("unitNames",),
    "tours.reschedule": ("startTime",),
    "tours.verify": ("code",),
}


@st.composite
def requests_to(draw: st.DrawFn, rules: list[Rule], known_for: Callable[[Rule], Known]) -> tuple[Rule, dict[str, Any]]:
    """A route, and a WSGI environment: what a server makes of a request to it."""
    roll = Dice(draw)
    rule = rules[draw(numbers) % len(rules)]
    known = known_for(rule)
    own = "POST" if "POST" in (rule.methods or ()) else "GET"
    content_type, body = _body(roll, rule, known) if own == "POST" else ("", roll.mostly(b"", some_bytes))
    headers = _headers(roll, rule, known, body)
    return rule, {
        "REQUEST_METHOD": roll.mostly(own, methods),
        "SCRIPT_NAME": "",
        "PATH_INFO": _path(roll, rule, known),
        "QUERY_STRING": _query(roll) if roll.one_in(3) else "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": str(draw(numbers)),  # each from somewhere else: none has tried too often
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": roll.mostly(str(len(body)), lengths, 30),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }


def _path(roll: Dice, rule: Rule, known: Known) -> str:
    """The rule's path with something in its variables; now and then with something after it."""

    def fill(found: re.Match[str]) -> str:
        return str(roll.mostly(known.in_path(found[1]), in_latin_1))

    return re.sub(r"<(?:\w+:)?(\w+)>", fill, rule.rule) + str(roll.mostly("", tails, 30))


def _query(roll: Dice) -> str:
    """Escaped or not, as bytes that a server keeps as Latin-1."""
    pairs = [(roll.draw(some_bytes) if roll.one_in(3) else roll.draw(queries), roll.draw(some_bytes)) for _ in range(2)]
    raw = b"&".join(name[:5_000] + b"=" + value[:5_000] for name, value in pairs)
    return raw.decode("latin-1") if roll.one_in(2) else quote_from_bytes(raw, safe="=&")


def _headers(roll: Dice, rule: Rule, known: Known, body: bytes) -> dict[str, str]:
    """What opens the route's door, mostly as it should be; and others, seldom."""
    made: dict[str, str] = {}
    number = f"{roll.draw(numbers)}"
    if rule.endpoint == "booking.Tours":
        made["Idempotency-Key"] = roll.mostly(number, in_latin_1)
    if rule.rule.startswith("/api/v1/tours/") or rule.endpoint == "knock_notices.take":
        good = known.token if rule.rule.startswith("/api/") else WEBHOOK_TOKEN
        made["Authorization"] = roll.mostly(f"Bearer {good}", tokens)
    if rule.endpoint in ("access_callbacks.take", "seam_events.take") and body.isascii():
        prefix = STANDARD if rule.endpoint == "access_callbacks.take" else SVIX
        made |= sign(SECRET, roll.mostly(number, in_latin_1), body, NOON_IN_SEATTLE, prefix)
    if rule.rule.startswith(("/book/", "/tour/")):
        made["Cookie"] = roll.mostly(known.cookie, in_latin_1)
    return {**made, **dict(roll.draw(seldom) for _ in range(2) if roll.one_in(6))}


def _body(roll: Dice, rule: Rule, known: Known) -> tuple[str, bytes]:
    """A body and its content type: a form for a page, JSON for a program, of which up to two fields are odd; or anything."""
    if roll.one_in(6):
        return roll.draw(types), roll.draw(some_bytes)
    if rule.rule.startswith(("/book/", "/tour/")):
        return _form(roll, known)
    good = {name: value for name, value in known.body().items() if name in TAKES.get(rule.endpoint, (name,))}
    content = roll.draw(values) if roll.one_in(6) else _spoilt(roll, good, values)
    return roll.mostly("application/json", types), json.dumps(content).encode()


def _form(roll: Dice, known: Known) -> tuple[str, bytes]:
    body = known.body()
    good = {**body["profile"], "pets": "CAT", "startTime": body["startTime"], "smsConsent": "true", "unitNames": "204"}
    typed = _spoilt(roll, {name: str(value).encode() for name, value in good.items()}, some_bytes)
    pairs = [
        (name.encode("utf-8", "surrogatepass"), value) for name, value in {**typed, "csrf_token": known.csrf.encode()}.items()
    ]
    if roll.one_in(2):
        encoded = "&".join(f"{quote_from_bytes(name)}={quote_from_bytes(value)}" for name, value in pairs)
        return roll.mostly("application/x-www-form-urlencoded", types), encoded.encode()
    parts = b"".join(b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % pair for pair in pairs) + b"--x--\r\n"
    cut = roll.draw(numbers) % len(parts) if roll.one_in(6) else len(parts)
    return roll.mostly("multipart/form-data; boundary=x", types), parts[:cut]


def _spoilt(roll: Dice, good: dict[str, Any], odd: st.SearchStrategy[Any]) -> dict[str, Any]:
    """With up to two fields changed, left out or added; those of an inner object too."""
    changed = dict(good)
    for _ in range(roll.draw(numbers) % 3):
        name = roll.draw(texts) if roll.one_in(5) else sorted(good)[roll.draw(numbers) % len(good)]
        inner = good.get(name)
        if roll.one_in(6):
            changed.pop(name, None)
        else:
            changed[name] = _spoilt(roll, inner, odd) if isinstance(inner, dict) and roll.one_in(2) else roll.draw(odd)
    return changed
