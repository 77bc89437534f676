"""Arrivals, idempotency keys, grants, appointments, access events, consents, Knock's events and the timeline."""

from datetime import timedelta
from typing import Any

import pytest

from tests.domain.example import NOON, START, a_grant, a_tour
from vendor_app.domain.access import AccessState, DoorOpening
from vendor_app.store.access_events import AccessEvent
from vendor_app.store.consents import Consent
from vendor_app.store.errors import StoreError
from vendor_app.store.prospect_events import StoredEvent
from vendor_app.store.store import Store
from vendor_app.store.timeline import Line

LATER = NOON + timedelta(days=1)


@pytest.fixture(autouse=True)
def _one_tour(db: Store) -> None:
    with db.transaction() as tx:
        tx.tours.insert(a_tour())


def event(event_id: str = "msg_1", minute: int = 0, **changes: Any) -> AccessEvent:
    at = NOON + timedelta(minutes=minute)
    base: dict[str, Any] = {
        "event_id": event_id,
        "type": "access.door_unlocked",
        "occurred_at": at,
        "received_at": at,
        "said_by": "http",
    }
    return AccessEvent(**base | changes)


def test_old_arrivals_are_forgotten_and_others_kept(db: Store) -> None:
    with db.transaction() as tx:
        tx.arrivals.insert("old", "alder", None, NOON)
        tx.arrivals.insert("new", "alder", "Zillow", LATER)
        assert tx.arrivals.forget(LATER, most=9) == 1
        assert tx.arrivals.find("old") is None
        assert (found := tx.arrivals.find("new")) and found.source_title == "Zillow"


def test_a_key_belongs_to_whoever_took_it_first(db: Store) -> None:
    with db.transaction() as tx:
        assert tx.idempotency.take("key", "hash", "tour_1", NOON)
        assert not tx.idempotency.take("key", "another", "tour_2", NOON)
        assert (found := tx.idempotency.find("key")) and found.request_hash == "hash"


def test_the_first_answer_under_a_key_is_kept_and_a_later_one_changes_nothing(db: Store) -> None:
    with db.transaction() as tx:
        tx.idempotency.take("key", "hash", "tour_1", NOON)
        tx.idempotency.keep_answer("key", {"status": "requested"})
        tx.idempotency.keep_answer("key", {"status": "confirmed"})
        assert (found := tx.idempotency.find("key")) and found.answer == {"status": "requested"}


def test_a_key_that_was_answered_is_not_released(db: Store) -> None:
    with db.transaction() as tx:
        for key in ("answered", "open"):
            tx.idempotency.take(key, "hash", "tour_1", NOON)
        tx.idempotency.keep_answer("answered", {"status": "confirmed"})
        tx.idempotency.release("answered")
        tx.idempotency.release("open")
        assert tx.idempotency.find("answered")
        assert tx.idempotency.find("open") is None


def test_old_keys_are_forgotten(db: Store) -> None:
    with db.transaction() as tx:
        for number in range(3):
            tx.idempotency.take(f"key-{number}", "hash", "tour_1", NOON)
        assert [tx.idempotency.forget(at, most=2) for at in (NOON, LATER, LATER, LATER)] == [0, 2, 1, 0]


def test_a_grant_comes_back_as_it_was_stored(db: Store) -> None:
    grant = a_grant(AccessState.PENDING)
    with db.transaction() as tx:
        tx.grants.insert(grant)
        assert tx.grants.find("grant_1") == tx.grants.latest("tour_1") == grant
        assert tx.grants.find("another") is None


def test_the_latest_grant_is_the_one_that_counts(db: Store) -> None:
    with db.transaction() as tx:
        tx.grants.insert(a_grant(grant_id="second", created_at=LATER))
        tx.grants.insert(a_grant(grant_id="first"))
        assert [one.grant_id for one in tx.grants.of_tour("tour_1")] == ["first", "second"]
        assert (tx.grants.latest("tour_1") or a_grant()).grant_id == "second"


def test_an_answer_without_a_code_keeps_the_code_we_have(db: Store) -> None:
    with db.transaction() as tx:
        tx.grants.insert(a_grant(AccessState.PENDING))
        assert tx.grants.answer("grant_1", AccessState.READY, "sealed", NOON)
        assert tx.grants.answer("grant_1", AccessState.READY, None, LATER)
        grant = tx.grants.find("grant_1")
    assert grant == a_grant(AccessState.READY, sealed_code="sealed", answered_at=LATER)


def test_a_closed_grant_stays_closed_and_its_code_is_forgotten(db: Store) -> None:
    with db.transaction() as tx:
        tx.grants.insert(a_grant(sealed_code="sealed"))
        assert (tx.grants.close("grant_1", NOON), tx.grants.close("grant_1", LATER)) == (True, False)
        assert not tx.grants.answer("grant_1", AccessState.READY, "sealed again", NOON)
        grant = tx.grants.find("grant_1")
    assert grant == a_grant(AccessState.CLOSED, closed_at=NOON)


def test_a_revocation_is_noted(db: Store) -> None:
    with db.transaction() as tx:
        tx.grants.insert(a_grant(AccessState.CLOSED))
        tx.grants.mark_revoked("grant_1", LATER)
        assert (tx.grants.find("grant_1") or a_grant()).revoked_at == LATER


def test_appointments_of_a_tour_are_told_newest_first_until_they_are_cancelled(db: Store) -> None:
    with db.transaction() as tx:
        tx.appointments.attach("1", "tour_1", START, NOON)
        tx.appointments.attach("2", "tour_1", START, LATER)
        assert tx.appointments.uncancelled("tour_1") == ["2", "1"]
        tx.appointments.mark_cancelled("2", LATER)
        assert tx.appointments.uncancelled("tour_1") == ["1"]


def test_an_appointment_stays_with_the_tour_it_was_first_seen_with(db: Store) -> None:
    with db.transaction() as tx:
        tx.tours.insert(a_tour("tour_2"))
        tx.appointments.attach("1", "tour_1", START, NOON)
        tx.appointments.attach("1", "tour_2", START, LATER)
        assert (found := tx.appointments.find("1")) and found.tour_id == "tour_1"


def test_an_event_delivered_again_changes_nothing(db: Store) -> None:
    with db.transaction() as tx:
        assert tx.access_events.keep(event())
        assert not tx.access_events.keep(event(door="another"))
        assert tx.access_events.unhandled() == ["msg_1"]


def test_events_are_acted_on_in_the_order_they_came_and_once(db: Store) -> None:
    with db.transaction() as tx:
        tx.access_events.keep(event("second", minute=2))
        tx.access_events.keep(event("first", minute=1, sealed_code="sealed"))
        assert tx.access_events.unhandled() == ["first", "second"]
        tx.access_events.mark_handled("first", "tour_1", NOON)
        assert tx.access_events.unhandled() == ["second"]
        assert tx.access_events.lock_unhandled("first") is None


def test_the_code_an_event_carried_is_not_kept_twice(db: Store) -> None:
    with db.transaction() as tx:
        tx.access_events.keep(event(sealed_code="sealed"))
        tx.access_events.mark_handled("msg_1", "tour_1", NOON)
        (row,) = tx.connection.query("SELECT sealed_code FROM access_events")
    assert row == {"sealed_code": None}


def test_the_doors_of_a_tour_are_told_in_the_order_they_were_opened(db: Store) -> None:
    with db.transaction() as tx:
        tx.access_events.keep(event("b", 2, unit_name="305", method="keycode"))
        tx.access_events.keep(event("a", 1, unit_name="204"))
        tx.access_events.keep(event("c", 3, type="access.denied"))
        tx.access_events.keep(event("d", 4))
        for name in ("a", "b", "c"):
            tx.access_events.mark_handled(name, "tour_1", NOON)
        tx.access_events.mark_handled("d", None, NOON)
        assert tx.access_events.door_openings("tour_1") == [
            DoorOpening(NOON + timedelta(minutes=1), "204", None),
            DoorOpening(NOON + timedelta(minutes=2), "305", "keycode"),
        ]
        assert tx.access_events.count_unmatched() == 1


def test_a_tours_story_is_told_in_order_with_its_details(db: Store) -> None:
    with db.transaction() as tx:
        tx.timeline.note("tour_1", "tour.confirmed", LATER, appointmentId="1")
        tx.timeline.note("tour_1", "tour.requested", NOON)
        assert tx.timeline.of_tour("tour_1") == [
            Line(what="tour.requested", detail={}, created_at=NOON),
            Line(what="tour.confirmed", detail={"appointmentId": "1"}, created_at=LATER),
        ]


@pytest.mark.parametrize(("answer", "wording"), [(True, "I agree. é🏠"), (False, "I agree"), (True, None)])
def test_a_consent_comes_back_with_its_words_and_its_time(db: Store, answer: bool, wording: str | None) -> None:
    with db.transaction() as tx:
        tx.consents.keep("tour_1", answer, wording, NOON)
        assert tx.consents.of_tour("tour_1") == Consent(sms_consent=answer, wording=wording, given_at=NOON)


def test_a_consent_is_given_once_a_tour_and_never_changed(db: Store) -> None:
    with db.transaction() as tx:
        tx.consents.keep("tour_1", False, "first", NOON)
    with pytest.raises(StoreError), db.transaction() as tx:
        tx.consents.keep("tour_1", True, "second", LATER)
    with db.read() as connection:
        assert (found := connection.consents.of_tour("tour_1")) and found.wording == "first"


def test_a_consent_belongs_to_a_tour_and_one_from_before_has_none(db: Store) -> None:
    with db.read() as connection:
        assert connection.consents.of_tour("tour_1") is None
    with pytest.raises(StoreError), db.transaction() as tx:
        tx.consents.keep("no such tour", True, None, NOON)


def told(minute: int = 0, **changes: Any) -> StoredEvent:
    at = NOON + timedelta(minutes=minute)
    base: dict[str, Any] = {
        "type": "SMS",
        "description": "one",
        "occurred_at": at,
        "created_at": at,
        "source_title": None,
        "detail": {"n": 1},
    }
    return StoredEvent(**base | changes)


def test_an_event_of_knocks_is_stored_once_however_often_it_is_read(db: Store) -> None:
    with db.transaction() as tx:
        assert [tx.prospect_events.keep("1", told(), at) for at in (NOON, LATER, LATER)] == [True, False, False]
        assert tx.prospect_events.of_prospect("1") == [told()]


@pytest.mark.parametrize(
    "change",
    [
        {"type": "EMAIL"},
        {"description": None},
        {"occurred_at": LATER},
        {"created_at": LATER},
        {"source_title": ""},
        {"source_title": "a\x00\ud800"},
        {"detail": {"n": 2}},
        {"detail": {"n": "1"}},
    ],
)
def test_an_event_that_differs_in_anything_is_another(db: Store, change: dict[str, Any]) -> None:
    with db.transaction() as tx:
        tx.prospect_events.keep("1", told(), NOON)
        assert tx.prospect_events.keep("1", told(**change), NOON)
        assert told(**change) in tx.prospect_events.of_prospect("1")


def test_the_order_of_the_names_in_an_events_data_does_not_make_it_another(db: Store) -> None:
    with db.transaction() as tx:
        assert tx.prospect_events.keep("1", told(detail={"a": 1, "b": {"c": 2, "d": 3}}), NOON)
        assert not tx.prospect_events.keep("1", told(detail={"b": {"d": 3, "c": 2}, "a": 1}), NOON)


def test_equal_events_of_two_prospects_are_two(db: Store) -> None:
    with db.transaction() as tx:
        assert all(tx.prospect_events.keep(prospect_id, told(), NOON) for prospect_id in ("1", "2", "12"))
        assert [len(tx.prospect_events.of_prospect(prospect_id)) for prospect_id in ("1", "2", "12", "3")] == [1, 1, 1, 0]


def test_events_are_told_oldest_first_and_those_of_one_instant_as_they_were_stored(db: Store) -> None:
    with db.transaction() as tx:
        tx.prospect_events.keep("1", told(2, description="last"), NOON)
        for number in range(6):
            at = NOON + timedelta(microseconds=number)
            tx.prospect_events.keep("1", told(1, description=str(number)), at)
        tx.prospect_events.keep("1", told(0, description="first"), LATER)
        assert [one.description for one in tx.prospect_events.of_prospect("1")] == ["first", *"012345", "last"]
