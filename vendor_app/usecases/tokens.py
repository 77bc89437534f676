"""Tours by the token their holder has."""

from vendor_app.domain.tours import Tour
from vendor_app.keys import fingerprint
from vendor_app.store import tours
from vendor_app.store.database import Connection
from vendor_app.usecases.errors import UnknownTour


def find_by_token(db: Connection, token: str) -> Tour:
    """The tour this token opens. Raises UnknownTour."""
    tour = tours.find_tour_by_token(db, fingerprint(token))
    if tour is None:
        raise UnknownTour("There is no tour at this address. Please check the link.")
    return tour
