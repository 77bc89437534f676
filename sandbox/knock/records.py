"""Knock's tables: how things are found in them, and how they outlive a restart."""

from dataclasses import asdict
from typing import Any

from sandbox.knock.model import Appointment, Community, Prospect, Visit
from sandbox.knock.refusal import Refusal, no_such_prospect

FIRST_IDS = {"prospect": 51316, "appointment": 123456, "visit": 12345}  # unlike each other, so that no mix-up passes


class Records:
    """`.communities`, `.prospects` and `.appointments` by id, `.visits` in the order they came."""

    def __init__(self, communities: list[Community]) -> None:
        self.communities = {one.community_id: one for one in communities}
        self.prospects: dict[str, Prospect] = {}
        self.appointments: dict[str, Appointment] = {}
        self.visits: list[Visit] = []

    def listed(self) -> list[Community]:
        """The communities the vendor's keys can see."""
        return [one for one in self.communities.values() if one.listed]

    def community(self, community_id: str) -> Community:
        """One that the vendor's keys can see."""
        community = self.communities.get(community_id)
        if community is None or not community.listed:
            raise Refusal(404, f"Community {community_id} does not exist.")
        return community

    def prospect(self, prospect_id: str) -> Prospect:
        """Raises Knock's own refusals for an id that is malformed or unknown."""
        if prospect_id not in self.prospects:
            raise no_such_prospect(prospect_id)
        return self.prospects[prospect_id]

    def appointment(self, appointment_id: str) -> Appointment:
        """Raises a Refusal when there is none."""
        if appointment_id not in self.appointments:
            raise Refusal(404, f"Appointment {appointment_id} does not exist.")
        return self.appointments[appointment_id]

    def next_prospect_id(self) -> str:
        """Nothing is ever removed from the tables, so counting is enough."""
        return str(FIRST_IDS["prospect"] + len(self.prospects))

    def next_appointment_id(self) -> str:
        """A string, as in every document."""
        return str(FIRST_IDS["appointment"] + len(self.appointments))

    def next_visit_id(self) -> str:
        """A string, as in every document."""
        return str(FIRST_IDS["visit"] + len(self.visits))

    def remember(self) -> dict[str, Any]:
        """Everything, for the file."""
        return {
            "communities": [asdict(one) for one in self.communities.values()],
            "prospects": [asdict(one) for one in self.prospects.values()],
            "appointments": [asdict(one) for one in self.appointments.values()],
            "visits": [asdict(one) for one in self.visits],
        }

    def recall(self, kept: dict[str, Any]) -> None:
        """Everything, from the file."""
        self.communities = {row["community_id"]: Community(**row) for row in kept["communities"]}
        self.prospects = {row["prospect_id"]: Prospect(**row) for row in kept["prospects"]}
        self.appointments = {row["appointment_id"]: Appointment(**row) for row in kept["appointments"]}
        self.visits = [Visit(**row) for row in kept["visits"]]
