"""Every table's queries on one connection: `tx.tours.lock(tour_id)`."""

from vendor_app.store.access_events import AccessEvents
from vendor_app.store.appointment_requests import AppointmentRequests
from vendor_app.store.appointments import Appointments
from vendor_app.store.arrivals import Arrivals
from vendor_app.store.attempts import Attempts
from vendor_app.store.communities import Communities
from vendor_app.store.community_rules import CommunityRulesTable
from vendor_app.store.consents import Consents
from vendor_app.store.doors import Doors
from vendor_app.store.due_tours import DueTours
from vendor_app.store.engine.database import Connection
from vendor_app.store.grants import Grants
from vendor_app.store.heartbeats import Heartbeats
from vendor_app.store.idempotency import Idempotency
from vendor_app.store.notices import Notices
from vendor_app.store.outbox import Outbox
from vendor_app.store.outbox_reports import OutboxReports
from vendor_app.store.partner_outcomes import PartnerOutcomes
from vendor_app.store.prospect_events import ProspectEvents
from vendor_app.store.tasks import Tasks
from vendor_app.store.timeline import Timeline
from vendor_app.store.tours import Tours
from vendor_app.store.verifications import Verifications


class Tables:
    """What a use case reads and writes within one block of Store's: one attribute a file of queries."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.access_events = AccessEvents(connection)
        self.appointment_requests = AppointmentRequests(connection)
        self.appointments = Appointments(connection)
        self.arrivals = Arrivals(connection)
        self.attempts = Attempts(connection)
        self.communities = Communities(connection)
        self.community_rules = CommunityRulesTable(connection)
        self.consents = Consents(connection)
        self.doors = Doors(connection)
        self.due_tours = DueTours(connection)
        self.grants = Grants(connection)
        self.heartbeats = Heartbeats(connection)
        self.idempotency = Idempotency(connection)
        self.notices = Notices(connection)
        self.outbox = Outbox(connection)
        self.outbox_reports = OutboxReports(connection)
        self.partner_outcomes = PartnerOutcomes(connection)
        self.prospect_events = ProspectEvents(connection)
        self.tasks = Tasks(connection)
        self.timeline = Timeline(connection)
        self.tours = Tours(connection)
        self.verifications = Verifications(connection)

    def lock(self, name: str) -> None:
        """Take the lock of this name until the transaction ends; where several are taken, the community's before the client's."""
        self.connection.lock(name)
