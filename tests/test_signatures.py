"""Standard Webhooks signatures: the published check value, rotation, tolerance, and whatever a stranger may send."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vendor_app.signatures import SVIX, BadSignature, sign, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW_SECRET = "whsec_" + base64.b64encode(b"the next secret of the tests").decode()
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SENT_AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
GOOD = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def headers(**changes: str) -> dict[str, str]:
    named = {f"webhook-{name}": value for name, value in changes.items()}
    return {"webhook-id": MESSAGE, "webhook-timestamp": "1614265330", "webhook-signature": GOOD} | named


def test_the_published_check_value_is_accepted() -> None:
    assert verify([SECRET], headers(), BODY, SENT_AT) == MESSAGE


def test_the_published_check_value_is_what_we_sign_with() -> None:
    assert sign(SECRET, MESSAGE, BODY, SENT_AT) == headers()


@pytest.mark.parametrize("secrets", [(SECRET, NEW_SECRET), (NEW_SECRET, SECRET)])
def test_while_secrets_rotate_either_of_ours_is_good(secrets: tuple[str, str]) -> None:
    assert verify(secrets, headers(), BODY, SENT_AT) == MESSAGE


@pytest.mark.parametrize("signature", [f"v1,AAAA {GOOD}", f"{GOOD} v1,AAAA", f"v1a,{GOOD[3:]} {GOOD}", f" {GOOD} "])
def test_any_of_several_signatures_may_be_the_right_one(signature: str) -> None:
    assert verify([SECRET], headers(signature=signature), BODY, SENT_AT) == MESSAGE


@pytest.mark.parametrize("off", [timedelta(minutes=-5), timedelta(0), timedelta(minutes=5)])
def test_a_clock_up_to_five_minutes_off_is_tolerated(off: timedelta) -> None:
    assert verify([SECRET], headers(), BODY, SENT_AT + off) == MESSAGE


@pytest.mark.parametrize("off", [timedelta(minutes=-5, seconds=-1), timedelta(minutes=5, seconds=1), timedelta(days=3650)])
def test_a_delivery_from_more_than_five_minutes_ago_or_ahead_is_refused(off: timedelta) -> None:
    with pytest.raises(BadSignature, match="5 minutes"):
        verify([SECRET], headers(), BODY, SENT_AT + off)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "msg_another"},
        {"timestamp": "1614265331"},
        {"signature": GOOD[:-2] + "A="},
        {"signature": GOOD.removeprefix("v1,")},
        {"signature": "v2," + GOOD[3:]},
        {"signature": GOOD.replace("v1,", "v1a,")},
        {"signature": GOOD.lower()},
        {"signature": ""},
        {"signature": "v1,"},
        {"signature": GOOD.replace(" ", ",") + "," + GOOD},
    ],
)
def test_a_delivery_in_which_anything_was_changed_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        verify([SECRET], headers(**changed), BODY, SENT_AT)


@pytest.mark.parametrize("body", [b"", BODY + b" ", BODY.replace(b"4", b"5", 1), b"\xff\xfe", "\ufeff".encode() + BODY])
def test_a_body_in_which_anything_was_changed_is_refused(body: bytes) -> None:
    with pytest.raises(BadSignature):
        verify([SECRET], headers(), body, SENT_AT)


@pytest.mark.parametrize("secrets", [(), (NEW_SECRET,)])
def test_nobody_is_believed_without_our_secret(secrets: tuple[str, ...]) -> None:
    with pytest.raises(BadSignature):
        verify(secrets, headers(), BODY, SENT_AT)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_each_of_the_three_headers_is_needed(missing: str) -> None:
    sent = headers()
    del sent[missing]
    with pytest.raises(BadSignature):
        verify([SECRET], sent, BODY, SENT_AT)


@pytest.mark.parametrize(
    "timestamp",
    ["", "now", "-1614265330", "1614265330.0", "1e9", " 1614265330", "१६१४२६५३३०", "٣", "²", "9" * 12, "9" * 5000, "0x60"],
)
def test_a_timestamp_that_is_no_unix_time_is_refused(timestamp: str) -> None:
    with pytest.raises(BadSignature):
        verify([SECRET], headers(timestamp=timestamp), BODY, SENT_AT)


def test_what_is_refused_is_not_repeated_in_the_refusal() -> None:
    with pytest.raises(BadSignature) as refused:
        verify([SECRET], headers(signature="v1,c2VjcmV0"), b'{"code": "4711"}', SENT_AT)
    assert not any(part in str(refused.value) for part in (SECRET, GOOD, "c2VjcmV0", "4711", MESSAGE))


every_character = st.characters(exclude_categories=())  # lone surrogates too
anything = st.text(every_character) | st.text(every_character, min_size=300)
near_misses = st.sampled_from(
    ["v1,é", "v1,\ud800", "v1,====", ",", "v1", "v1,a,b", GOOD + "\x00", "\u2028", "v1,%", "x" * 100_000]
)


def refused(body: bytes = BODY, **changes: str) -> None:
    with pytest.raises(BadSignature):
        verify([SECRET, NEW_SECRET], headers(**changes), body, SENT_AT)


@settings(deadline=None)
@given(anything | near_misses)
def test_whatever_stands_in_the_id_only_bad_signature_ever_escapes(message_id: str) -> None:
    refused(id=message_id)


@settings(deadline=None)
@given(anything | st.integers().map(str).filter(lambda text: text != "1614265330"))
def test_whatever_stands_in_the_timestamp_only_bad_signature_ever_escapes(timestamp: str) -> None:
    refused(timestamp=timestamp)


@settings(deadline=None)
@given(anything | near_misses)
def test_whatever_stands_in_the_signature_only_bad_signature_ever_escapes(signature: str) -> None:
    refused(signature=signature)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_whatever_stands_in_the_body_only_bad_signature_ever_escapes(body: bytes) -> None:
    refused(body)


@settings(deadline=None)
@given(st.text(min_size=1, max_size=255), st.text(), st.integers(0, 7_000_000_000))
def test_what_we_sign_we_accept(message_id: str, content: str, seconds: int) -> None:
    now, body = datetime.fromtimestamp(seconds, UTC), content.encode()
    assert verify([SECRET], sign(SECRET, message_id, body, now), body, now) == message_id


SVIX_HEADERS = {name.replace("webhook", "svix"): value for name, value in headers().items()}


def test_svix_signs_the_same_under_other_names() -> None:
    assert sign(SECRET, MESSAGE, BODY, SENT_AT, SVIX) == SVIX_HEADERS
    assert verify([SECRET], SVIX_HEADERS, BODY, SENT_AT, SVIX) == MESSAGE


def test_only_headers_of_the_names_agreed_on_count() -> None:
    with pytest.raises(BadSignature, match="svix-timestamp"):
        verify([SECRET], headers(), BODY, SENT_AT, SVIX)
    with pytest.raises(BadSignature, match="webhook-timestamp"):
        verify([SECRET], SVIX_HEADERS, BODY, SENT_AT)
    with pytest.raises(BadSignature, match="svix-signature"):
        verify([NEW_SECRET], headers() | SVIX_HEADERS, BODY, SENT_AT, SVIX)
    with pytest.raises(BadSignature, match="svix-id"):
        verify([SECRET], {name: value for name, value in SVIX_HEADERS.items() if name != "svix-id"}, BODY, SENT_AT, SVIX)
