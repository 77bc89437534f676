"""Arrivals, idempotency keys, grants, appointments, access events and the timeline."""

from datetime import timedelta
from typing import Any

import pytest

from tests.domain.example import NOON, a_grant, a_tour
from vendor_app.domain.access import AccessState, DoorOpening
from vendor_app.store import access_events, appointments, arrivals, grants, idempotency, timeline, tours
from vendor_app.store.database import Database

LATER = NOON + timedelta(days=1)


@pytest.fixture(autouse=True)
def _one_tour(db: Database) -> None:
    with db.transaction() as tx:
        tours.insert_tour(tx, a_tour())


def event(event_id: str = "msg_1", minute: int = 0, **changes: Any) -> dict[str, Any]:
    names = ("tour_id", "grant_id", "door", "unit_name", "method", "sealed_code")
    at = NOON + timedelta(minutes=minute)
    base = {"event_id": event_id, "type": "access.door_unlocked", "payload": {}, "occurred_at": at, "received_at": at}
    return dict.fromkeys(names) | base | changes


def test_old_arrivals_are_forgotten_and_others_kept(db: Database) -> None:
    with db.transaction() as tx:
        arrivals.insert_arrival(tx, "old", "alder", None, NOON)
        arrivals.insert_arrival(tx, "new", "alder", "Zillow", LATER)
        assert arrivals.forget_arrivals(tx, LATER) == 1
        assert arrivals.find_arrival(tx, "old") is None
        assert (arrivals.find_arrival(tx, "new") or {})["source_title"] == "Zillow"


def test_a_key_belongs_to_whoever_took_it_first(db: Database) -> None:
    with db.transaction() as tx:
        assert idempotency.take_key(tx, "key", "hash", "tour_1", NOON)
        assert not idempotency.take_key(tx, "key", "another", "tour_2", NOON)
        assert (idempotency.find_key(tx, "key") or {})["request_hash"] == "hash"


def test_the_first_answer_under_a_key_is_kept_and_a_later_one_changes_nothing(db: Database) -> None:
    with db.transaction() as tx:
        idempotency.take_key(tx, "key", "hash", "tour_1", NOON)
        idempotency.keep_answer(tx, "key", {"status": "requested"})
        idempotency.keep_answer(tx, "key", {"status": "confirmed"})
        assert (idempotency.find_key(tx, "key") or {})["answer"] == {"status": "requested"}


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
        assert (grants.close_grant(tx, "grant_1"), grants.close_grant(tx, "grant_1")) == (True, False)
        assert not grants.answer_grant(tx, "grant_1", AccessState.READY, "sealed again", NOON)
        grant = grants.find_grant(tx, "grant_1")
    assert grant == a_grant(AccessState.CLOSED)


def test_a_revocation_is_noted(db: Database) -> None:
    with db.transaction() as tx:
        grants.insert_grant(tx, a_grant(AccessState.CLOSED))
        grants.mark_grant_revoked(tx, "grant_1", LATER)
        assert (grants.find_grant(tx, "grant_1") or a_grant()).revoked_at == LATER


def test_appointments_of_a_tour_are_told_newest_first_until_they_are_cancelled(db: Database) -> None:
    with db.transaction() as tx:
        appointments.attach_appointment(tx, "1", "tour_1", NOON)
        appointments.attach_appointment(tx, "2", "tour_1", LATER)
        assert appointments.uncancelled_appointments(tx, "tour_1") == ["2", "1"]
        appointments.mark_appointment_cancelled(tx, "2", LATER)
        assert appointments.uncancelled_appointments(tx, "tour_1") == ["1"]


def test_an_appointment_stays_with_the_tour_it_was_first_seen_with(db: Database) -> None:
    with db.transaction() as tx:
        tours.insert_tour(tx, a_tour("tour_2"))
        appointments.attach_appointment(tx, "1", "tour_1", NOON)
        appointments.attach_appointment(tx, "1", "tour_2", LATER)
        assert (appointments.find_appointment(tx, "1") or {})["tour_id"] == "tour_1"


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
            {"what": "tour.requested", "detail": {}, "created_at": NOON},
            {"what": "tour.confirmed", "detail": {"appointmentId": "1"}, "created_at": LATER},
        ]
