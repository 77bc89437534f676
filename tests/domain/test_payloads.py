"""What messages say: the keys that are stored, and that no other can be written or asked for."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.domain.example import NOON
from vendor_app.domain.delivery.outbox import REFUSALS, Kind, Message
from vendor_app.domain.delivery.payloads import (
    PAYLOAD_OF,
    CancelAppointment,
    ClaimAppointment,
    ConfirmCancellation,
    FindAppointment,
    OneGrant,
    Payload,
    checked_payload,
    keys_of,
)

PRODUCT = Path(__file__).parents[2] / "vendor_app"
GRANT = {"grantId": "grant_1"}
TIME = "2026-07-29T17:00:00+00:00"
# As they stand in databases that are in use.
STORED: list[tuple[Kind, dict[str, Any], Payload]] = [
    (Kind.FIND_APPOINTMENT, {}, FindAppointment()),
    (Kind.FIND_APPOINTMENT, {"since": TIME}, FindAppointment(since=TIME)),
    (
        Kind.CLAIM_APPOINTMENT,
        {"appointmentId": "1", "prospectId": "2", "startsAt": TIME},
        ClaimAppointment(appointment_id="1", prospect_id="2", starts_at=TIME),
    ),
    (Kind.CONFIRM_CANCELLATION, {"appointmentId": "1"}, ConfirmCancellation(appointment_id="1")),
    (Kind.CANCEL_APPOINTMENT, {"appointmentId": None}, CancelAppointment(appointment_id=None)),
    (Kind.CANCEL_APPOINTMENT, {"appointmentId": "1", "startsAt": TIME}, CancelAppointment(appointment_id="1", starts_at=TIME)),
    (Kind.CANCEL_APPOINTMENT, {"appointmentId": "1", "beside": True}, CancelAppointment(appointment_id="1", beside=True)),
    *((kind, GRANT, OneGrant(grant_id="grant_1")) for kind in (Kind.GRANT_ACCESS, Kind.READ_ACCESS, Kind.REVOKE_ACCESS)),
]


def a_message(kind: Kind, payload: dict[str, Any]) -> Message:
    names: dict[str, Any] = {"subject_id": "tour_1", "partner": "knock", "community_id": "alder", "lease_token": "token"}
    return Message(id=1, kind=kind, payload=payload, attempts=1, created_at=NOON, **names)


@pytest.mark.parametrize(("kind", "stored", "said"), STORED)
def test_what_is_stored_is_read_and_may_be_written(kind: Kind, stored: dict[str, Any], said: Payload) -> None:
    assert PAYLOAD_OF[kind].of(a_message(kind, stored)) == said
    assert PAYLOAD_OF[kind].of(a_message(kind, {**stored, REFUSALS: 3, "of a later version": 1})) == said
    assert list(checked_payload(kind, stored).items()) == list(stored.items())


def test_every_declared_key_is_among_these() -> None:
    for kind in Kind:
        assert keys_of(kind) == {key for other, stored, _ in STORED if other is kind for key in stored}


@pytest.mark.parametrize(
    ("kind", "key"),
    [(Kind.REVOKE_ACCESS, "grantID"), (Kind.CANCEL_APPOINTMENT, "appointment_id"), (Kind.POST_VISIT, "appointmentId")],
)
def test_a_misspelt_key_is_refused(kind: Kind, key: str) -> None:
    with pytest.raises(TypeError, match=f"{kind} does not say {key}"):
        checked_payload(kind, {key: "1"})


def test_the_product_writes_no_other_keys() -> None:
    written = [one for path in sorted(PRODUCT.rglob("*.py")) for one in _as_text(path)]
    assert {kind for kind, _ in written} >= set(PAYLOAD_OF)
    assert [(kind, keys) for kind, keys in written if not keys <= keys_of(kind)] == []


def _as_text(path: Path) -> Iterator[tuple[Kind, frozenset[str]]]:
    """The kind and the keys of each message that is owed or looked for."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if call.func.attr in ("enqueue", "is_unclaimed", "is_untried"):
            named = {one.arg for one in call.keywords if one.arg} - {"due", "partner"}
            kinds = (one.attr for one in call.args if isinstance(one, ast.Attribute) and ast.unparse(one.value) == "Kind")
            yield from ((Kind[kind], frozenset(named)) for kind in kinds)
