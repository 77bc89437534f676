"""Standard Webhooks 1.0.0 signatures, both ways (partner-contract, section 3).

Svix, which signs for Seam, does the same under other header names: they begin with `svix` instead of `webhook`.

The `standardwebhooks` package knows keys and the signed content. Checking a delivery is ours, because the package
reads the machine's clock and lets malformed headers escape as three kinds of ValueError.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import Webhook

TOLERANCE = timedelta(minutes=5)
STANDARD, SVIX = "webhook", "svix"


class BadSignature(Exception):
    """The delivery is not from somebody who holds one of our secrets, or it is too old or too new."""


def sign(secret: str, message_id: str, body: bytes, now: datetime, prefix: str = STANDARD) -> dict[str, str]:
    """The three headers that vouch for `body`; `secret` is `whsec_` and base64, `prefix` how their names begin."""
    return {
        f"{prefix}-id": message_id,
        f"{prefix}-timestamp": str(int(now.timestamp())),
        f"{prefix}-signature": Webhook(secret).sign(message_id, now, body.decode()),
    }


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime, prefix: str = STANDARD) -> str:
    """The id of a genuine delivery, the same on every retry of its sender. Raises BadSignature.

    Only headers that begin with `prefix` count.
    """
    message_id, sent_at = headers.get(f"{prefix}-id", ""), _sent_at(headers.get(f"{prefix}-timestamp", ""), prefix)
    if not message_id or len(message_id) > 255:
        raise BadSignature(f"{prefix}-id is missing or longer than 255 characters")
    if abs(now - sent_at) > TOLERANCE:
        raise BadSignature(f"{prefix}-timestamp is more than 5 minutes from now")
    try:
        expected = [Webhook(secret).sign(message_id, sent_at, body.decode()) for secret in secrets]
        offered = [one.encode() for one in headers.get(f"{prefix}-signature", "").split(" ")]
    except UnicodeError as error:
        raise BadSignature("the body, the id or the signature is not UTF-8") from error
    # Every pair is compared, so the time taken tells nothing about which secret or signature came close.
    matches = [hmac.compare_digest(good.encode(), one) for good in expected for one in offered]
    if not any(matches):
        raise BadSignature(f"no signature in {prefix}-signature fits; check the secret the sender uses")
    return message_id


def _sent_at(text: str, prefix: str) -> datetime:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise BadSignature(f"{prefix}-timestamp must be whole unix seconds")
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadSignature(f"{prefix}-timestamp is out of range") from error
