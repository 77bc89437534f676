"""Knock's answers and notices, as its own examples show them and a little beside."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from schemas import knock as answers
from tests.fixtures import knock

APPOINTMENT, NOTICE = answers.Appointment(), answers.Notice()
DELIVERY, EDGE = answers.NoticeDelivery(), answers.NoticeEdge()
NODE = knock("appointment_notice")["edges"][0]["node"]
COMMUNITY = {
    "communityName": "Alder Court",
    "communityId": "b9XQN6eMvvrr07zg",
    "address": {"street": "1 Alder Way", "lines": ["a", "b"]},
    "geolocation": [47.6, -122.3],
    "companyName": "Alder Homes",
    "inPersonToursEnabled": True,
    "liveVideoToursEnabled": False,
}


def page(*nodes: dict[str, Any], cursor: str | None = None, more: bool = False) -> dict[str, Any]:
    return {"edges": [{"node": node} for node in nodes], "pageInfo": {"endCursor": cursor, "hasNextPage": more}}


def test_available_times_keep_the_communitys_own_offset() -> None:
    (time,) = answers.AvailableTimes().load(knock("available_times"))["acceptable_times"]
    assert time.isoformat() == "2018-12-20T07:00:00-08:00"


def test_no_times_are_an_answer() -> None:
    assert answers.AvailableTimes().load({"acceptableTimes": []}) == {"acceptable_times": []}


@pytest.mark.parametrize("answer", [{}, {"acceptableTimes": ["2018-12-20T07:00:00"]}, {"acceptableTimes": None}, [], None, "x"])
def test_times_that_are_missing_or_have_no_offset_do_not_fit(answer: Any) -> None:
    with pytest.raises(ValidationError):
        answers.AvailableTimes().load(answer)


def test_a_time_that_cannot_be_read_hides_no_other() -> None:
    loaded = answers.AvailableTimes().load(
        {"acceptableTimes": ["soon", None, "2018-12-20T07:00:00", "2018-12-20T07:30:00-08:00"]}
    )
    assert [time.isoformat() for time in loaded["acceptable_times"]] == ["2018-12-20T07:30:00-08:00"]


@pytest.mark.parametrize(
    "answer",
    [
        knock("appointment_answer"),
        {"appointmentId": "12345", "status": "CONFIRMED"},
        {"appointment": {"id": "12345", "status": "CONFIRMED"}},
        {"appointment": {"appointmentId": "12345"}, "id": "a request"},
        {"id": 12345},
    ],
)
def test_an_appointment_may_be_told_in_each_of_three_ways(answer: dict[str, Any]) -> None:
    loaded = APPOINTMENT.load(answer)
    assert (loaded["appointment_id"], loaded["prospect_id"]) == ("12345", None)


END = datetime(2019, 7, 17, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        (knock("appointment_answer"), END),
        ({"appointment": {"id": "1", "endTime": "2019-07-17T01:15:00-07:00"}, "endTime": "2019-07-17T09:00:00Z"}, END),
        ({"id": "1"}, None),
        ({"id": "1", "endTime": None}, None),
        ({"id": "1", "endTime": "0001-01-01T00:00:00Z"}, None),
        ({"id": "1", "endTime": "2019-07-17T08:15:00"}, None),
        ({"id": "1", "endTime": {"at": "2019-07-17T08:15:00Z"}}, None),
    ],
)
def test_an_appointment_has_the_end_it_was_given_in_knock_or_none(answer: dict[str, Any], end: datetime | None) -> None:
    assert APPOINTMENT.load(answer)["ends_at"] == end


@pytest.mark.parametrize("answer", [{"id": "1", "prospectId": "54321"}, {"appointment": {"id": "1", "prospectId": 54321}}])
def test_an_appointment_that_names_its_prospect_is_taken_at_its_word(answer: dict[str, Any]) -> None:
    assert APPOINTMENT.load(answer)["prospect_id"] == "54321"


@pytest.mark.parametrize(
    "answer", [{}, {"id": None}, {"id": ""}, {"id": True}, {"id": 1.5}, {"id": ["1"]}, {"id": "1" * 201}, [], None, "1"]
)
def test_an_answer_without_an_appointments_id_does_not_fit(answer: Any) -> None:
    with pytest.raises(ValidationError):
        APPOINTMENT.load(answer)


def test_a_visit_has_an_id() -> None:
    assert answers.Visit().load(knock("visit_answer")) == {"visit_id": "12345"}


@pytest.mark.parametrize("answer", [{"id": "12345"}, {"id": 12345}, {"visitId": "12345", "id": "another"}])
def test_a_visits_id_may_have_either_name(answer: dict[str, Any]) -> None:
    assert answers.Visit().load(answer) == {"visit_id": "12345"}


def test_a_new_prospect_has_an_id() -> None:
    assert answers.NewProspect().load(knock("prospect_created")) == {"id": "123"}


def test_a_guest_card_is_read_as_far_as_we_act_on_it() -> None:
    assert answers.Prospect().load(knock("prospect")) == {
        "prospect_id": "47569637",
        "community_id": "191b65d2686d11e9",
        "email": "xtest@example.com",
        "phone": "+10551234567",
        "is_deleted": False,
        "not_prospect": False,
        "sms_consent": False,
        "status": "new",
    }


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(knock("prospect_created"), "123"), ({"prospectId": None, "id": 7}, "7"), ({"prospectId": "7", "id": "another"}, "7")],
)
def test_a_guest_cards_id_may_have_either_name(answer: dict[str, Any], expected: str) -> None:
    assert answers.Prospect().load(answer)["prospect_id"] == expected


@pytest.mark.parametrize("answer", [{}, {"id": None}, {"id": ["1"]}, {"errorMessage": "no"}, [], None, "1"])
def test_a_guest_card_without_an_id_does_not_fit(answer: Any) -> None:
    with pytest.raises(ValidationError):
        answers.Prospect().load(answer)


def test_a_guest_card_may_lack_what_it_does_not_have() -> None:
    loaded = answers.Prospect().load({"prospectId": 7, "email": None, "phone": None, "isDeleted": None})
    assert (loaded["prospect_id"], loaded["email"], loaded["not_prospect"]) == ("7", None, False)


@pytest.mark.parametrize(
    ("example", "code"), [("prospect_id_malformed", None), ("prospect_missing", "CORE_API_GET_PROSPECT_FAIL")]
)
def test_a_failure_says_why_and_sometimes_with_a_code(example: str, code: str | None) -> None:
    loaded = answers.Refusal().load(knock(example))
    assert loaded == {"error_message": knock(example)["errorMessage"], "error_code": code}


def test_a_page_of_communities_keeps_address_and_geolocation_as_they_come() -> None:
    loaded = answers.CommunityPage().load(page(COMMUNITY, cursor="MQ==", more=True))
    (edge,) = loaded["edges"]
    assert edge["node"] == {
        "community_name": "Alder Court",
        "community_id": "b9XQN6eMvvrr07zg",
        "address": COMMUNITY["address"],
        "geolocation": COMMUNITY["geolocation"],
        "company_name": "Alder Homes",
        "in_person_tours_enabled": True,
        "live_video_tours_enabled": False,
    }
    assert loaded["page_info"] == {"end_cursor": "MQ==", "has_next_page": True}


def test_a_community_needs_only_its_id() -> None:
    assert answers.CommunityPage().load(page({"communityId": "x"}))["edges"][0]["node"]["community_name"] is None


@pytest.mark.parametrize(
    "bad", [page({"communityName": "x"}), {"pageInfo": {"hasNextPage": False}}, {"edges": [], "pageInfo": {}}]
)
def test_a_page_without_ids_or_an_end_does_not_fit(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        answers.CommunityPage().load(bad)


def test_a_page_that_says_nothing_of_a_next_one_is_the_last() -> None:
    assert answers.CommunityPage().load({"edges": []})["page_info"] is None


def test_the_example_of_a_prospects_events_is_read() -> None:
    loaded = answers.EventPage().load(knock("prospect_events"))
    (edge,) = loaded["edges"]
    happened_at = datetime(2022, 1, 13, 19, 27, 37, 866_831, UTC)
    data = knock("prospect_events")["edges"][0]["node"]["data"]
    assert loaded["page_info"] == {"end_cursor": "MQ==", "has_next_page": True}
    assert edge["node"] == {
        "type": "APPOINTMENT_CREATED",
        "description": "A tour appointment was scheduled via knock",
        "occurred_at": happened_at,
        "created_at": happened_at,
        "source_title": "Property Website",
        "agent": "e5e42ae3-a3fa-48ae-a5c5-92ca704d38ad",
        "detail": data,
    }
    assert answers.CreatedAppointment().load(data) == {
        "starts_at": datetime(2022, 1, 18, 20, tzinfo=UTC),
        "ends_at": datetime(2022, 1, 18, 20, 30, tzinfo=UTC),
        "status": "CONFIRMED",
        "tour_type": "IN_PERSON",
    }


def test_an_event_of_an_unknown_kind_is_read_with_its_details_as_they_are() -> None:
    data = [None, {"text": "Hi"}, "Hi", ["Hi"], 0]
    nodes = [{"type": "SMS_MESSAGE", "eventTime": "2022-01-13T19:27:37Z", "data": one} for one in data]
    loaded = answers.EventPage().load(page(*nodes, {"type": "EMAIL", "eventTime": "2022-01-13T19:27:37Z"}))
    details = [edge["node"]["detail"] for edge in loaded["edges"]]
    assert details == [{}, {"text": "Hi"}, {"data": "Hi"}, {"data": ["Hi"]}, {"data": 0}, {}]


def test_an_event_needs_to_say_when_it_happened() -> None:
    with pytest.raises(ValidationError):
        answers.EventPage().load(page({"type": "EMAIL"}))


def test_the_example_of_a_notice_is_read() -> None:
    (edge,) = DELIVERY.load(knock("appointment_notice"))["edges"]
    loaded = NOTICE.load(edge["node"])
    assert (loaded["appointment_id"], loaded["prospect_id"], loaded["status"]) == ("123456", "54321", "CONFIRMED")
    assert loaded["starts_at"] == datetime(2019, 11, 19, 21, tzinfo=UTC)
    assert loaded["ends_at"] == datetime(2019, 11, 19, 21, 30, tzinfo=UTC)
    assert loaded["updated_at"] == datetime(2019, 11, 12, 21, 19, 13, tzinfo=UTC)


def test_the_same_notice_has_the_same_id_whatever_its_order_and_trimmings() -> None:
    turned = dict(reversed([*NODE.items(), ("somethingNew", 1)]))
    assert NOTICE.load(turned)["notice_id"] == NOTICE.load(NODE)["notice_id"]


@pytest.mark.parametrize(
    "change",
    [
        {"appointmentId": "123457"},
        {"prospectId": "54322"},
        {"status": "CANCELLED"},
        {"startTime": "2019-11-19T21:00:01.000Z"},
        {"endTime": None},
        {"updatedAt": "2019-11-12T21:19:13.001Z"},
    ],
)
def test_a_notice_that_says_something_else_has_another_id(change: dict[str, Any]) -> None:
    assert NOTICE.load(NODE | change)["notice_id"] != NOTICE.load(NODE)["notice_id"]


@pytest.mark.parametrize("missing", ["appointmentId", "startTime", "status", "updatedAt"])
def test_a_notice_that_lacks_what_we_act_on_does_not_fit(missing: str) -> None:
    with pytest.raises(ValidationError) as refused:
        NOTICE.load({name: value for name, value in NODE.items() if name != missing})
    assert list(refused.value.messages_dict) == [missing]


def test_a_delivery_with_one_bad_edge_can_still_be_taken_apart() -> None:
    edges = [{"type": "APPOINTMENT", "node": {}}, "x", {"type": "APPOINTMENT", "node": NODE}, None]
    assert DELIVERY.load({"edges": edges})["edges"] == edges


@pytest.mark.parametrize("body", [{}, [], None, {"edges": None}, {"edges": "x"}, {"edges": {}}])
def test_a_delivery_that_is_none_does_not_fit(body: Any) -> None:
    with pytest.raises(ValidationError):
        DELIVERY.load(body)


@pytest.mark.parametrize("edge", [{}, "x", None, [], {"type": "APPOINTMENT"}, {"node": {}}, {"type": "APPOINTMENT", "node": []}])
def test_an_edge_that_is_none_does_not_fit(edge: Any) -> None:
    with pytest.raises(ValidationError):
        EDGE.load(edge)


SCHEMAS: list[Schema] = [
    answers.Refusal(),
    answers.AvailableTimes(),
    APPOINTMENT,
    answers.Visit(),
    answers.NewProspect(),
    answers.Prospect(),
    answers.CommunityPage(),
    answers.EventPage(),
    answers.CreatedAppointment(),
    NOTICE,
    DELIVERY,
    EDGE,
]
NAMES = sorted(
    {field.data_key or name for schema in SCHEMAS for name, field in schema.fields.items()} | {"id", "appointment", "node"}
)
# What a database can hold: Knock's words go there.
words = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["2026-06-10T12:30:00-07:00", "0001-01-01T00:00:00+01:00"]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=15,
)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: type(schema).__name__)
@settings(deadline=None)
@given(answer=json_values)
def test_whatever_knock_answers_it_fits_or_not_but_never_breaks(schema: Schema, answer: Any) -> None:
    try:
        schema.load(answer)
    except ValidationError as misfit:
        assert misfit.messages
