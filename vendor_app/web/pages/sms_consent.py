"""The words that ask for consent to text messages, and the proof of which words a form showed.

The form carries them signed, so that what is kept as evidence is what this prospect saw, even if the words were changed
between showing the form and sending it.
"""

from collections.abc import Mapping

from itsdangerous import BadSignature, URLSafeSerializer

from vendor_app.web.current import collaborators


def sms_wording(community_name: str) -> str:
    """What ticking the box says (Scheduling API: "prior express written consent")."""
    return (
        "Text me about this tour. By ticking this I agree to receive text messages, which may be sent automatically, "
        f"from {community_name} at this number. Consent is not a condition of renting; message and data rates may apply."
    )


def sign_wording(wording: str) -> str:
    """The words as the form carries them."""
    return str(_serializer().dumps(wording))


def wording_seen(form: Mapping[str, str]) -> str | None:
    """The words this form showed; None when it carries none of ours."""
    try:
        return str(_serializer().loads(form.get("smsConsentWording", "")))
    except BadSignature:
        return None


def _serializer() -> URLSafeSerializer:
    config = collaborators().config
    return URLSafeSerializer([*config.secret_keys_before, config.secret_key], salt="wording of the consent to text messages")
