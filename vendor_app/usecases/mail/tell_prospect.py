"""Mails a prospect that their tour is cancelled, where they gave an e-mail address, and offers them other times."""

from datetime import datetime
from urllib.parse import quote

from vendor_app.clients.mail import Letter
from vendor_app.domain import Message, Span, Tour
from vendor_app.store import Tables
from vendor_app.usecases.booking.list_times import list_times
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.communities.community_directory import community_name_of
from vendor_app.usecases.errors import UseCaseError
from vendor_app.usecases.mail.recipients import send_letter
from vendor_app.usecases.messages import Record, nothing_to_do

_MOST_TIMES = 5


def tell_prospect(via: Collaborators, message: Message, now: datetime) -> Record:
    """Send the mail, if a mail server is connected and the tour's time is not over."""
    with via.db.read() as db:
        tour = db.tours.find(message.subject_id)
        name = community_name_of(db, tour.community_id) if tour else ""
    to = tour.profile.get("email") if tour else None
    if via.mail is None or tour is None or not to or now >= tour.ends_at:
        return nothing_to_do
    text = _text(tour, name, _open_times(via, tour, now), _link(via, tour))
    send_letter(via, Letter(to=to, subject=f"Your tour of {name} is cancelled", text=text, key=f"cancelled-{tour.tour_id}"), now)

    def record(tx: Tables) -> None:
        tx.timeline.note(tour.tour_id, "prospect.told", now)

    return record


def _open_times(via: Collaborators, tour: Tour, now: datetime) -> list[Span]:
    try:
        return list_times(via, tour.community_id, tour.tour_type, now).times[:_MOST_TIMES]
    except UseCaseError:
        return []


def _link(via: Collaborators, tour: Tour) -> str:
    """The link to pick another time, with the tour's source title."""
    if tour.arrival_id:
        return f"{via.config.public_url}/book/{tour.arrival_id}"
    title = f"?utm_knock_source_title={quote(tour.source_title, safe='', errors='replace')}" if tour.source_title else ""
    return f"{via.config.public_url}/doorway/{quote(tour.community_id, safe='')}{title}"


def _text(tour: Tour, name: str, times: list[Span], link: str) -> str:
    when = tour.local(tour.starts_at).strftime("%A, %B %-d, %-I:%M %p")
    open_now = "".join(f"  {span.start.strftime('%A, %B %-d, %-I:%M %p')}\n" for span in times)
    offered = f"These times are open now:\n{open_now}\n" if times else ""
    return f"We are sorry: your tour of {name} on {when} cannot take place.\n\n{offered}Pick another time here: {link}\n"
