"""What becomes of an order: the job, and what it does in Knock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.knock.model import Status, TourType

from .stage import ALDER, MAPLE, NOON_IN_SEATTLE, PROSPECT, SAGUARO, Clock, Partner, Vendor

SOON, LATER = NOON_IN_SEATTLE + timedelta(minutes=30), NOON_IN_SEATTLE + timedelta(hours=3)
DONE = {"write_status": "SUCCESS", "errors": [], "created_record_id": "123456"}
PENDING: dict[str, Any] = {"write_status": "PENDING", "errors": [], "created_record_id": None}


@pytest.mark.parametrize("polls", [0, 1, 3])
def test_a_job_is_carried_out_when_it_was_asked_after_often_enough(sandbox: Sandbox, partner: Partner, polls: int) -> None:
    sandbox.propexo.polls_until_done = polls
    partner.order()
    for _ in range(polls):
        assert partner.status("cljob_0001").json() == PENDING
        assert sandbox.knock.appointments == {}
    assert partner.status("cljob_0001").json() == DONE
    assert list(sandbox.knock.appointments) == ["123456"]


def test_a_job_is_carried_out_once(sandbox: Sandbox, partner: Partner) -> None:
    partner.ordered()
    assert partner.status("cljob_0001").json() == DONE
    assert list(sandbox.knock.appointments) == ["123456"]


def test_a_job_that_does_not_exist_is_not_found(partner: Partner) -> None:
    answer = partner.status("cljob_0001")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


def test_the_appointment_stands_in_knock_with_the_usual_length_and_the_attributions_title(
    sandbox: Sandbox, partner: Partner
) -> None:
    partner.ordered(SOON)
    one = sandbox.knock.appointments["123456"]
    assert (one.community_id, one.start, one.end) == (ALDER, SOON, SOON + timedelta(minutes=30))
    assert (one.tour_type, one.source_title, one.status) == (TourType.SELF_GUIDED, "Zillow", Status.CONFIRMED)


@pytest.mark.parametrize(("attribution", "title"), [("clatt_default", "Website"), ("clatt_site", "Property Website")])
def test_each_attribution_has_its_own_title(sandbox: Sandbox, partner: Partner, attribution: str, title: str) -> None:
    partner.ordered(attribution_id=attribution)
    assert sandbox.knock.appointments["123456"].source_title == title


@pytest.mark.parametrize(("community", "in_knock"), [("clcom_01", MAPLE), ("clcom_02", ALDER), ("clcom_03", SAGUARO)])
def test_each_community_is_knocks(sandbox: Sandbox, partner: Partner, community: str, in_knock: str) -> None:
    partner.ordered(community_id=community)
    assert sandbox.knock.appointments["123456"].community_id == in_knock


def test_date_and_time_are_in_utc(sandbox: Sandbox, partner: Partner) -> None:
    """An evening in Seattle is on the next day."""
    evening = datetime(2026, 6, 11, 2, 30, tzinfo=UTC)
    partner.ordered(appointment_date="2026-06-11", appointment_time="02:30:00")
    assert sandbox.knock.appointments["123456"].start == evening


def test_the_guest_card_holds_the_answers_in_knocks_words(partner: Partner) -> None:
    partner.ordered(
        move_in_date="2027-01-31",
        number_of_occupants=2,
        lease_term_in_months=12,
        rent_minimum_in_cents=100_000,
        rent_maximum_in_cents=200_050,
        desired_num_bedrooms=[0, 3],
    )
    card = partner.get("/prospect/51316", PROSPECT).json()
    assert (card["firstName"], card["lastName"], card["email"]) == ("Jane", "Doe", "janedoe@example.com")
    assert (card["phone"], card["source"], card["smsConsent"]) == ("+12065554567", {"title": "Zillow"}, False)
    assert (card["moveDate"], card["occupants"], card["leaseTermMonths"]) == ("2027-01-31", 2, 12)
    assert (card["minBudget"], card["maxBudget"], card["bedrooms"]) == (1000, 2000, ["STUDIO", "3_OR_MORE_BEDROOMS"])


def test_the_appointment_is_told_and_stands_in_the_feed(sandbox: Sandbox, partner: Partner, vendor: Vendor) -> None:
    partner.ordered()
    sandbox.drain_notices()
    assert vendor.statuses() == [("123456", "CONFIRMED")]
    assert [one.type for one in sandbox.knock.prospects["51316"].events] == ["APPOINTMENT_CREATED"]


@pytest.mark.parametrize("first", ["propexo", "knock"])
def test_an_upcoming_appointment_is_replaced_and_its_end_told(
    sandbox: Sandbox, partner: Partner, vendor: Vendor, first: str
) -> None:
    if first == "propexo":
        partner.ordered(SOON)
        partner.book(LATER)
    else:
        partner.book(SOON)
        partner.ordered(LATER)
    sandbox.drain_notices()
    assert vendor.statuses() == [("123456", "CONFIRMED"), ("123456", "CANCELLED"), ("123457", "CONFIRMED")]


def failed(answer: dict[str, Any]) -> list[str]:
    assert (answer["write_status"], answer["created_record_id"]) == ("FAILURE", None)
    errors: list[str] = answer["errors"]
    return errors


def test_a_time_that_was_taken_meanwhile_fails_with_knocks_words(sandbox: Sandbox, partner: Partner) -> None:
    partner.order(SOON)
    partner.book(SOON, profile={"firstName": "John", "email": "john@example.com", "phone": "2065550000"})
    partner.status("cljob_0001")
    assert failed(partner.status("cljob_0001").json()) == ["The requested time is no longer available."]
    assert len(sandbox.knock.appointments) == 1


def test_a_tour_type_that_is_off_and_a_community_that_is_gone_fail(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.agent.toggle(ALDER, TourType.SELF_GUIDED)
    sandbox.agent.remove(MAPLE)
    assert failed(partner.ordered()) == ["Tour type SELF_GUIDED is not supported by this community."]
    assert failed(partner.ordered(community_id="clcom_01")) == [f"Community {MAPLE} does not exist."]


def test_a_job_can_fail_by_itself(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.propexo.outcome = "FAILURE"
    assert failed(partner.ordered()) == ["Nothing could be written."]
    assert (sandbox.knock.appointments, sandbox.knock.prospects) == ({}, {})


def test_a_partial_success_with_a_record_is_an_appointment_with_complaints(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.propexo.outcome = "PARTIAL_SUCCESS"
    answer = partner.ordered()
    assert (answer["write_status"], bool(answer["errors"]), answer["created_record_id"]) == ("PARTIAL_SUCCESS", True, "123456")
    assert list(sandbox.knock.appointments) == ["123456"]


def test_a_partial_success_without_a_record_leaves_a_guest_card_only(sandbox: Sandbox, partner: Partner) -> None:
    sandbox.propexo.outcome, sandbox.propexo.partial_has_record = "PARTIAL_SUCCESS", False
    answer = partner.ordered()
    assert (answer["write_status"], bool(answer["errors"]), answer["created_record_id"]) == ("PARTIAL_SUCCESS", True, None)
    assert (list(sandbox.knock.prospects), sandbox.knock.appointments) == (["51316"], {})


@pytest.mark.parametrize("outcome", ["PARTIAL_SUCCESS", "SUCCESS"])
def test_knocks_refusal_counts_for_more_than_the_outcome_wished_for(sandbox: Sandbox, partner: Partner, outcome: Any) -> None:
    sandbox.propexo.outcome = outcome
    assert failed(partner.ordered(NOON_IN_SEATTLE - timedelta(hours=1)))


@pytest.mark.parametrize(("names", "record"), [("prospect", "51316"), ("none", None)])
def test_the_created_record_need_not_be_the_appointment(
    sandbox: Sandbox, partner: Partner, names: Any, record: str | None
) -> None:
    sandbox.propexo.created_record = names
    assert partner.ordered() == DONE | {"created_record_id": record}
    assert sandbox.propexo.jobs["cljob_0001"].record_id == record


def test_an_order_may_come_from_somebody_without_a_first_name(sandbox: Sandbox, partner: Partner, clock: Clock) -> None:
    assert partner.ordered(clock.now + timedelta(hours=1), first_name=..., email_1=...)["write_status"] == "SUCCESS"
    assert sandbox.knock.prospects["51316"].last_name == "Doe"
