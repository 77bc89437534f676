"""Where mail goes, and through whom."""

from vendor_app.clients.errors import NotSent
from vendor_app.clients.mail import Mail
from vendor_app.domain.communities import Verification
from vendor_app.domain.prospects import phone_key
from vendor_app.usecases.collaborators import Collaborators


def mail_of(via: Collaborators) -> Mail:
    """The connected mail server. Raises NotSent when there is none (any more)."""
    if via.mail is None:
        raise NotSent("SMTP", "no mail server is connected: set VENDOR_SMTP_URL and VENDOR_MAIL_FROM")
    return via.mail


def address_of(via: Collaborators, contact: str, kind: Verification) -> str:
    """The mail address of a contact; a phone has one at the operator's gateway to text messages.

    Raises NotSent when there is no gateway (any more).
    """
    if kind is not Verification.PHONE:
        return contact
    if not via.config.sms_gateway:
        raise NotSent("SMTP", "no gateway to text messages is connected: set VENDOR_SMS_GATEWAY")
    return via.config.sms_gateway.replace("{phone}", phone_key(contact) or "")
