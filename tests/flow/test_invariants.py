"""Whatever happens, in whatever order: one visit a completed tour, none for others, and no code that opens when it must not."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from sandbox.lock.model import Grant
from tests.flow.lives import STARTS, Lives, Tour
from vendor_app.domain.access import AccessGrant, AccessState
from vendor_app.domain.delivery.outbox import Kind
from vendor_app.usecases.operators.operate import list_dead_messages, list_tasks

LIVE = {"confirmed", "in_progress"}
OVER = {"completed", "no_show", "cancelled", "rejected"}


class Invariants(Lives):
    """Looks after each step."""

    @invariant()
    def no_tour_has_two_visits_and_none_without_having_been_completed(self) -> None:
        visits = self.visits()
        assert set(visits.values()) <= {1}
        assert {str(self.world.tour({"tourId": tour_id}).status) for tour_id in visits} <= {"completed"}

    @invariant()
    def a_visit_that_is_not_owed_any_more_stands_in_knock(self) -> None:
        visits = self.visits()
        for tour in self.world.tours():
            if tour.status == "completed" and Kind.POST_VISIT not in self.owed(tour.tour_id):
                assert visits[tour.tour_id] == 1

    @invariant()
    def a_code_that_works_is_a_live_tours_or_its_revocation_is_owed(self) -> None:
        for grant in self.world.lock.grants.values():
            if grant.works(self.world.clock.now) and not self.world.tour({"tourId": grant.tour_id}).in_window(
                self.world.clock.now
            ):
                assert Kind.REVOKE_ACCESS in self.owed(grant.tour_id), self.world.story(grant.tour_id)

    @invariant()
    def access_that_is_ready_is_the_one_code_that_the_lock_holds(self) -> None:
        for tour in self.world.tours():
            if tour.status in LIVE and (ready := self.ready(tour.tour_id)):
                held = self.world.lock.grants[ready.grant_id]
                assert (held.revoked, held.starts_at, held.ends_at) == (False, tour.opens_at, tour.closes_at)
                assert held.code == self.world.via.keys.unseal(ready.sealed_code or "", ready.grant_id)
                others = [one for one in self.held_for(tour.tour_id) if one is not held]
                assert not others or Kind.REVOKE_ACCESS in self.owed(tour.tour_id), self.world.story(tour.tour_id)

    @invariant()
    def the_lock_holds_nothing_for_a_tour_that_is_over(self) -> None:
        for tour in self.world.tours():
            if tour.status in OVER and self.held_for(tour.tour_id):
                assert Kind.REVOKE_ACCESS in self.owed(tour.tour_id), self.world.story(tour.tour_id)

    @invariant()
    def a_code_is_shown_only_inside_the_window_after_check_in_and_only_ones_own(self) -> None:
        for booked in self.known:
            self.look_at(booked)

    @rule()
    def nothing_goes_wrong_for_a_moment(self) -> None:
        self.all_is_well()
        self.world.jobs()
        self.world.jobs()  # what the last job of the first run has changed
        now = self.world.clock.now
        working = [one.tour_id for one in self.world.lock.grants.values() if one.works(now)]
        settled = [tour_id for tour_id in working if Kind.REVOKE_ACCESS not in self.owed(tour_id)]
        assert all(self.world.tour({"tourId": tour_id}).in_window(now) for tour_id in settled)
        assert len(settled) == len(set(settled))
        stand = {one.appointment_id for one in self.world.standing()}
        for tour in self.world.tours():
            if tour.status == "confirmed" and not {*self.owed(tour.tour_id)} - {Kind.REVOKE_ACCESS}:
                assert tour.appointment_id in stand, self.world.story(tour.tour_id)

    def come_to_an_end(self) -> None:
        """Every tour is over, its message delivered, and every door shut."""
        self.all_is_well()
        self.world.clock.now = max(self.world.clock.now, STARTS[-1])
        self.world.converge(hours=1.5, minutes_a_step=7.5)
        visits = self.visits()
        for tour in self.world.tours():
            assert (tour.status in OVER, self.owed(tour.tour_id)) == (True, [])
            assert visits[tour.tour_id] == (1 if tour.status == "completed" else 0)
        assert not [one for one in self.world.lock.grants.values() if one.code and not one.revoked]
        took_place = {one.appointment_id for one in self.world.tours() if one.status in ("completed", "no_show")}
        asked_about = {task.about for task in list_tasks(self.world.via)}
        assert {one.appointment_id for one in self.world.standing()} <= took_place | asked_about
        assert list_dead_messages(self.world.via) == []

    def look_at(self, booked: Tour) -> None:
        """The tour as its holder sees it."""
        answer, tour = self.world.act(booked), self.world.tour(booked)
        assert answer.status_code == 200
        if (code := answer.json().get("code")) is not None:
            assert tour.in_window(self.world.clock.now)
            assert tour.checked_in_at is not None
            assert code in [one.code for one in self.world.lock.grants.values() if one.tour_id == tour.tour_id]

    def ready(self, tour_id: str) -> AccessGrant | None:
        """The grant that we say opens the tour's doors."""
        with self.world.via.db.read() as db:
            return next((one for one in db.grants.of_tour(tour_id) if one.state is AccessState.READY), None)

    def held_for(self, tour_id: str) -> list[Grant]:
        """What the lock holds for the tour that opens doors, or would."""
        return [one for one in self.world.lock.grants.values() if one.tour_id == tour_id and one.code and not one.revoked]

    def visits(self) -> Counter[str]:
        """How many visits each tour has in Knock; every visit there is of a tour of ours."""
        with self.world.via.db.read() as db:
            told = [db.appointments.find(one.appointment_id or "") for one in self.world.knock.visits]
        assert None not in told
        return Counter(one.tour_id for one in told if one)

    def owed(self, tour_id: str) -> list[str]:
        """The kinds of messages that are not delivered yet."""
        with self.world.via.db.read() as db:
            return [one.kind for one in db.outbox_reports.pending_messages_of(tour_id)]


@pytest.mark.timeout(600)
def test_one_visit_a_completed_tour_and_no_door_outside_a_tour_whatever_happens_in_whatever_order() -> None:
    run_state_machine_as_test(
        Invariants,
        settings=settings(max_examples=20, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]),
    )
