"""Arrivals, idempotency keys, grants, appointments, access events, consents, Knock's events and the timeline."""

from datetime import timedelta
from typing import Any

import pytest

from tests.domain.example import NOON, START, a_grant, a_tour
from vendor_app.domain.access import AccessState, DoorOpening
from vendor_app.store import (
    access_events,
    appointments,
    arrivals,
    consents,
    grants,
    idempotency,
    prospect_events,
    timeline,
    tours,
)
from vendor_app.store.access_events import AccessEvent
from vendor_app.store.consents import Consent
from vendor_app.store.engine.database import Database
from vendor_app.store.errors import StoreError
from vendor_app.store.prospect_events import StoredEvent
from vendor_app.store.timeline import Line

LATER = NOON + timedelta(days=1)


@pytest.fixture(autouse=True)
def _one_tour(db: Database) -> None:
    with db.transaction() as tx:
        tours.insert_tour(tx, a_tour())


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


def test_old_arrivals_are_forgotten_and_others_kept(db: Database) -> None:
    with db.transaction() as tx:
        arrivals.insert_arrival(tx, "old", "alder", None, NOON)
        arrivals.insert_arrival(tx, "new", "alder", "Zillow", LATER)
        assert arrivals.forget_arrivals(tx, LATER) == 1
        assert arrivals.find_arrival(tx, "old") is None
        assert (found := arrivals.find_arrival(tx, "new")) and found.source_title == "Zillow"


def test_a_key_belongs_to_whoever_took_it_first(db: Database) -> None:
    with db.transaction() as tx:
        assert idempotency.take_key(tx, "key", "hash", "tour_1", NOON)
        assert not idempotency.take_key(tx, "key", "another", "tour_2", NOON)
        assert (found := idempotency.find_key(tx, "key")) and found.request_hash == "hash"


def test_the_first_answer_under_a_key_is_kept_and_a_later_one_changes_nothing(db: Database) -> None:
    with db.transaction() as tx:
        idempotency.take_key(tx, "key", "hash", "tour_1", NOON)
        idempotency.keep_answer(tx, "key", {"status": "requested"})
        idempotency.keep_answer(tx, "key", {"status": "confirmed"})
        assert (found := idempotency.find_key(tx, "key")) and found.answer == {"status": "requested"}


def test_a_key_that_was_answered_is_not_released(db: Database) -> None:
    with db.transaction() as tx:
        for key in ("answered", "open"):
            idempotency.take_key(tx, key, "hash", "tour_1", NOON)
        idempotency.keep_answer(tx, "answered", {"status": "confirmed"})
        idempotency.release_key(tx, "answered")
        idempotency.release_key(tx, "open")
        assert idempotency.find_key(tx, "answered")
        assert idempotency.find_key(tx, "open") is None


def test_old_keys_are_forgotten(db: Database) -> None:
    with db.transaction() as tx:
        idempotency.take_key(tx, "key", "hash", "tour_1", NOON)
        assert (idempotency.forget_keys(tx, NOON), idempotency.forget_keys(tx, LATER)) == (0, 1)


def test_a_grant_comes_back_as_it_was_stored(db: Database) -> None:
    grant = a_grant(AccessState.PENDING)
    with db.transaction() as tx:
        grants.insert_grant(tx, grant)
        assert grants.find_grant(tx, "grant_1") == grants.latest_grant(tx, "tour_1") == grant
        assert grants.find_grant(tx, "another") is None


def test_the_latest_grant_is_the_one_that_counts(db: Database) -> None:
    with db.transaction() as tx:
        grants.insert_grant(tx, a_grant(grant_id="second", created_at=LATER))
        grants.insert_grant(tx, a_grant(grant_id="first"))
        assert [one.grant_id for one in grants.grants_of(tx, "tour_1")] == ["first", "second"]
        assert (grants.latest_grant(tx, "tour_1") or a_grant()).grant_id == "second"


def test_an_answer_without_a_code_keeps_the_code_we_have(db: Database) -> None:
    with db.transaction() as tx:
        grants.insert_grant(tx, a_grant(AccessState.PENDING))
        assert grants.answer_grant(tx, "grant_1", AccessState.READY, "sealed", NOON)
        assert grants.answer_grant(tx, "grant_1", AccessState.READY, None, LATER)
        grant = grants.find_grant(tx, "grant_1")
    assert grant == a_grant(AccessState.READY, sealed_code="sealed", answered_at=LATER)


def test_a_closed_grant_stays_closed_and_its_code_is_forgotten(db: Database) -> None:
    with db.transaction() as tx:
        grants.insert_grant(tx, a_grant(sealed_code="sealed"))
        assert (grants.close_grant(tx, "grant_1", NOON), grants.close_grant(tx, "grant_1", LATER)) == (True, False)
        assert not grants.answer_grant(tx, "grant_1", AccessState.READY, "sealed again", NOON)
        grant = grants.find_grant(tx, "grant_1")
    assert grant == a_grant(AccessState.CLOSED, closed_at=NOON)


def test_a_revocation_is_noted(db: Database) -> None:
    with db.transaction() as tx:
        grants.insert_grant(tx, a_grant(AccessState.CLOSED))
        grants.mark_grant_revoked(tx, "grant_1", LATER)
        assert (grants.find_grant(tx, "grant_1") or a_grant()).revoked_at == LATER


def test_appointments_of_a_tour_are_told_newest_first_until_they_are_cancelled(db: Database) -> None:
    with db.transaction() as tx:
        appointments.attach_appointment(tx, "1", "tour_1", START, NOON)
        appointments.attach_appointment(tx, "2", "tour_1", START, LATER)
        assert appointments.uncancelled_appointments(tx, "tour_1") == ["2", "1"]
        appointments.mark_appointment_cancelled(tx, "2", LATER)
        assert appointments.uncancelled_appointments(tx, "tour_1") == ["1"]


def test_an_appointment_stays_with_the_tour_it_was_first_seen_with(db: Database) -> None:
    with db.transaction() as tx:
        tours.insert_tour(tx, a_tour("tour_2"))
        appointments.attach_appointment(tx, "1", "tour_1", START, NOON)
        appointments.attach_appointment(tx, "1", "tour_2", START, LATER)
        assert (found := appointments.find_appointment(tx, "1")) and found.tour_id == "tour_1"


def test_an_event_delivered_again_changes_nothing(db: Database) -> None:
    with db.transaction() as tx:
        assert access_events.keep_access_event(tx, event())
        assert not access_events.keep_access_event(tx, event(door="another"))
        assert access_events.unhandled_access_events(tx) == ["msg_1"]


def test_events_are_acted_on_in_the_order_they_came_and_once(db: Database) -> None:
    with db.transaction() as tx:
        access_events.keep_access_event(tx, event("second", minute=2))
        access_events.keep_access_event(tx, event("first", minute=1, sealed_code="sealed"))
        assert access_events.unhandled_access_events(tx) == ["first", "second"]
        access_events.mark_access_event_handled(tx, "first", "tour_1", NOON)
        assert access_events.unhandled_access_events(tx) == ["second"]
        assert access_events.lock_unhandled_access_event(tx, "first") is None


def test_the_code_an_event_carried_is_not_kept_twice(db: Database) -> None:
    with db.transaction() as tx:
        access_events.keep_access_event(tx, event(sealed_code="sealed"))
        access_events.mark_access_event_handled(tx, "msg_1", "tour_1", NOON)
        (row,) = tx.query("SELECT sealed_code FROM access_events")
    assert row == {"sealed_code": None}


def test_the_doors_of_a_tour_are_told_in_the_order_they_were_opened(db: Database) -> None:
    with db.transaction() as tx:
        access_events.keep_access_event(tx, event("b", 2, unit_name="305", method="keycode"))
        access_events.keep_access_event(tx, event("a", 1, unit_name="204"))
        access_events.keep_access_event(tx, event("c", 3, type="access.denied"))
        access_events.keep_access_event(tx, event("d", 4))
        for name in ("a", "b", "c"):
            access_events.mark_access_event_handled(tx, name, "tour_1", NOON)
        access_events.mark_access_event_handled(tx, "d", None, NOON)
        assert access_events.door_openings(tx, "tour_1") == [
            DoorOpening(NOON + timedelta(minutes=1), "204", None),
            DoorOpening(NOON + timedelta(minutes=2), "305", "keycode"),
        ]
        assert access_events.count_unmatched_access_events(tx) == 1


def test_a_tours_story_is_told_in_order_with_its_details(db: Database) -> None:
    with db.transaction() as tx:
        timeline.note(tx, "tour_1", "tour.confirmed", LATER, appointmentId="1")
        timeline.note(tx, "tour_1", "tour.requested", NOON)
        assert timeline.timeline_of(tx, "tour_1") == [
            Line(what="tour.requested", detail={}, created_at=NOON),
            Line(what="tour.confirmed", detail={"appointmentId": "1"}, created_at=LATER),
        ]


@pytest.mark.parametrize(("answer", "wording"), [(True, "I agree. é🏠"), (False, "I agree"), (True, None)])
def test_a_consent_comes_back_with_its_words_and_its_time(db: Database, answer: bool, wording: str | None) -> None:
    with db.transaction() as tx:
        consents.keep_consent(tx, "tour_1", answer, wording, NOON)
        assert consents.consent_of(tx, "tour_1") == Consent(sms_consent=answer, wording=wording, given_at=NOON)


def test_a_consent_is_given_once_a_tour_and_never_changed(db: Database) -> None:
    with db.transaction() as tx:
        consents.keep_consent(tx, "tour_1", False, "first", NOON)
    with pytest.raises(StoreError), db.transaction() as tx:
        consents.keep_consent(tx, "tour_1", True, "second", LATER)
    with db.read() as connection:
        assert (found := consents.consent_of(connection, "tour_1")) and found.wording == "first"


def test_a_consent_belongs_to_a_tour_and_one_from_before_has_none(db: Database) -> None:
    with db.read() as connection:
        assert consents.consent_of(connection, "tour_1") is None
    with pytest.raises(StoreError), db.transaction() as tx:
        consents.keep_consent(tx, "no such tour", True, None, NOON)


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


def test_an_event_of_knocks_is_stored_once_however_often_it_is_read(db: Database) -> None:
    with db.transaction() as tx:
        assert [prospect_events.keep_event(tx, "1", told(), at) for at in (NOON, LATER, LATER)] == [True, False, False]
        assert prospect_events.events_of(tx, "1") == [told()]


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
def test_an_event_that_differs_in_anything_is_another(db: Database, change: dict[str, Any]) -> None:
    with db.transaction() as tx:
        prospect_events.keep_event(tx, "1", told(), NOON)
        assert prospect_events.keep_event(tx, "1", told(**change), NOON)
        assert told(**change) in prospect_events.events_of(tx, "1")


def test_the_order_of_the_names_in_an_events_data_does_not_make_it_another(db: Database) -> None:
    with db.transaction() as tx:
        assert prospect_events.keep_event(tx, "1", told(detail={"a": 1, "b": {"c": 2, "d": 3}}), NOON)
        assert not prospect_events.keep_event(tx, "1", told(detail={"b": {"d": 3, "c": 2}, "a": 1}), NOON)


def test_equal_events_of_two_prospects_are_two(db: Database) -> None:
    with db.transaction() as tx:
        assert all(prospect_events.keep_event(tx, prospect_id, told(), NOON) for prospect_id in ("1", "2", "12"))
        assert [len(prospect_events.events_of(tx, prospect_id)) for prospect_id in ("1", "2", "12", "3")] == [1, 1, 1, 0]


def test_events_are_told_oldest_first_and_those_of_one_instant_as_they_were_stored(db: Database) -> None:
    with db.transaction() as tx:
        prospect_events.keep_event(tx, "1", told(2, description="last"), NOON)
        for number in range(6):
            at = NOON + timedelta(microseconds=number)
            prospect_events.keep_event(tx, "1", told(1, description=str(number)), at)
        prospect_events.keep_event(tx, "1", told(0, description="first"), LATER)
        assert [one.description for one in prospect_events.events_of(tx, "1")] == ["first", *"012345", "last"]
