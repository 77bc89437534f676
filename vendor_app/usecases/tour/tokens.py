"""A tour's token, and the tour that a token opens."""

from vendor_app.domain import Tour
from vendor_app.keys import fingerprint
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.errors import KeyReused, UnknownTour


def token_of(via: Collaborators, tour: Tour) -> str:
    """The token that opens the tour. Raises KeyReused when the server key it was made with is not configured any more."""
    token = via.keys.token_of(tour.tour_id, tour.token_hash)
    if token is None:
        raise KeyReused("This booking was made under a server key that is not known any more; its answer cannot be given again.")
    return token


def find_by_token(db: Tables, token: str) -> Tour:
    """The tour this token opens. Raises UnknownTour."""
    tour = db.tours.find_by_token(fingerprint(token))
    if tour is None:
        raise UnknownTour("There is no tour at this address. Please check the link.")
    return tour
