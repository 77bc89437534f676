"""The only place that knows SQL. `Store` opens a block, and `Tables` has every table's queries in it: `tx.tours.lock(tour_id)`.

A row comes out as the dataclass beside its queries, or as the one that the domain has for it. Queries use what SQLite and
PostgreSQL share: named parameters, ON CONFLICT, RETURNING. What the other layers need is named here.
"""

from vendor_app.store.access_events import AccessEvent
from vendor_app.store.appointment_requests import RequestOutcome
from vendor_app.store.appointments import Appointment
from vendor_app.store.arrivals import Arrival
from vendor_app.store.consents import Consent
from vendor_app.store.errors import OtherPartners, StoreError, StoreUnavailable
from vendor_app.store.heartbeats import Heartbeat
from vendor_app.store.notices import Notice, UnreadableNotice
from vendor_app.store.outbox_reports import Failing, KeptMessage, MessageCount
from vendor_app.store.partner_outcomes import PartnerOutcome
from vendor_app.store.prospect_events import StoredEvent
from vendor_app.store.store import Store, open_store
from vendor_app.store.tables import Tables
from vendor_app.store.tasks import OperatorTask
from vendor_app.store.timeline import Line

__all__ = [
    "AccessEvent",
    "Appointment",
    "Arrival",
    "Consent",
    "Failing",
    "Heartbeat",
    "KeptMessage",
    "Line",
    "MessageCount",
    "Notice",
    "OperatorTask",
    "OtherPartners",
    "PartnerOutcome",
    "RequestOutcome",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "StoredEvent",
    "Tables",
    "UnreadableNotice",
    "open_store",
]
