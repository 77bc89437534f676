"""The main job over real sockets: book → unlock → end → visit, and the endings in which there is no visit."""

from tests.world import COMMUNITY, START, World


def test_a_booked_tour_whose_doors_were_opened_becomes_one_visit_in_knock(the_world: World) -> None:
    booked = the_world.book().json()
    the_world.jobs()
    the_world.clock.move(minutes=25)
    code = the_world.act(booked, "check-in").json()["code"]
    assert the_world.lock.type_code(COMMUNITY, "Front entrance", code)
    the_world.clock.move(minutes=7)
    assert the_world.lock.type_code(COMMUNITY, "Apartment 204", code)
    the_world.jobs()
    assert the_world.act(booked).json()["status"] == "in_progress"
    the_world.clock.move(minutes=10)
    (grant,) = the_world.lock.grants.values()
    the_world.lock.leave(grant.grant_id)
    the_world.jobs()
    assert the_world.act(booked).json()["status"] == "completed"
    assert the_world.knock.visits == []

    the_world.clock.move(minutes=2)
    the_world.jobs()

    (visit,) = the_world.knock.visits
    (appointment,) = the_world.knock.appointments.values()
    seen = the_world.act(booked).json()
    assert (visit.appointment_id, visit.prospect_id) == (appointment.appointment_id, appointment.prospect_id)
    assert (visit.source_title, appointment.source_title) == ("Zillow", "Zillow")
    assert visit.is_self_guided is True
    assert visit.unit_names == ["204"]
    assert visit.visit_time == START.replace(minute=25)
    assert (seen["visitId"], seen["prospectId"]) == (visit.visit_id, visit.prospect_id)
    assert not the_world.lock.type_code(COMMUNITY, "Front entrance", code)
