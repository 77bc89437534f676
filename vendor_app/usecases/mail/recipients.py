"""Sends a letter to a prospect's mail address, or to their phone through a gateway, within the limit for an address."""

from datetime import datetime

from vendor_app.clients.errors import NotSent
from vendor_app.clients.mail import Letter, Mail
from vendor_app.domain import Verification
from vendor_app.domain.prospects import phone_key
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.errors import TooManyAttempts
from vendor_app.usecases.messages import NotYet
from vendor_app.usecases.tour.limits import MAILS, note_attempt, refuse_if_over


def mail_of(via: Collaborators) -> Mail:
    """The connected mail server. Raises NotSent when there is none (any more)."""
    if via.mail is None:
        raise NotSent("SMTP", "no mail server is connected: set VENDOR_SMTP_URL and VENDOR_MAIL_FROM")
    return via.mail


def send_letter(via: Collaborators, letter: Letter, now: datetime) -> None:
    """Hand a letter to the mail server. Raises PartnerError, and NotYet when its address has reached the hourly limit."""
    server, whose = mail_of(via), via.keys.masked(letter.to.casefold())
    try:
        with via.db.read() as db:
            refuse_if_over(db, MAILS, whose, now)
    except TooManyAttempts as full:
        raise NotYet(str(full), now + full.retry_after) from full
    server.send(letter, now)
    with via.db.transaction() as tx:
        note_attempt(tx, MAILS, whose, now)


def address_of(via: Collaborators, contact: str, kind: Verification) -> str:
    """The mail address of a contact; a phone has one at the operator's gateway to text messages.

    Raises NotSent when there is no gateway (any more).
    """
    if kind is not Verification.PHONE:
        return contact
    if not via.config.sms_gateway:
        raise NotSent("SMTP", "no gateway to text messages is connected: set VENDOR_SMS_GATEWAY")
    return via.config.sms_gateway.replace("{phone}", phone_key(contact) or "")
