"""How Knock writes its answers."""

from typing import Any

from sandbox.knock.model import Appointment, Community, Event, Prospect, TourType
from sandbox.knock.state import Knock
from sandbox.times import offset_utc, zulu

AGENT = {"username": "2be16a9e-b3ab-4b1f-9632-575aca1a3d20"}


def community_node(community: Community) -> dict[str, Any]:
    """Neither a self-guided flag nor a time zone is in it."""
    return {
        "communityName": community.name,
        "communityId": community.community_id,
        "address": community.address,
        "geolocation": community.geolocation,
        "companyName": community.company,
        "inPersonToursEnabled": TourType.IN_PERSON in community.tour_types,
        "liveVideoToursEnabled": TourType.LIVE_VIDEO in community.tour_types,
    }


def booked(knock: Knock, appointment: Appointment) -> dict[str, Any]:
    """In whichever of the three shapes described for it `knock.response_shape` asks for."""
    name = "appointmentId" if knock.response_shape == "appointmentId" else "id"
    answer: dict[str, Any] = {
        name: appointment.appointment_id,
        "startTime": zulu(appointment.start),
        "endTime": zulu(appointment.end),
        "status": appointment.status,
    }
    if knock.answers_prospect_id:
        answer["prospectId"] = appointment.prospect_id
    return {"appointment": answer} if knock.response_shape == "nested" else answer


def guest_card(prospect: Prospect) -> dict[str, Any]:
    """Every field of the example in the Get Prospect API."""
    return {
        "prospectId": prospect.prospect_id,
        "communityId": prospect.community_id,
        "email": prospect.email,
        "phone": prospect.phone,
        "agent": AGENT,
        **dict.fromkeys(("address", "unit", "city", "state", "zip")),
        "source": {"title": prospect.source_title},
        "firstName": prospect.first_name,
        "lastName": prospect.last_name,
        **prospect.profile,
        "smsConsent": prospect.sms_consent,
        "isDeleted": prospect.is_deleted,
        "notProspect": prospect.not_prospect,
        "createdAt": offset_utc(prospect.created_at),
        "updatedAt": offset_utc(prospect.updated_at),
        "firstContactType": "form",
        "status": prospect.status,
    }


def event_node(event: Event) -> dict[str, Any]:
    """As in the Get Prospect Events API."""
    return {
        "type": event.type,
        "description": event.description,
        "eventTime": offset_utc(event.event_time),
        "createdAt": offset_utc(event.event_time),
        "source": {"title": event.source_title},
        "agent": AGENT,
        "data": event.details,
    }
