"""Whether two sets of contact details are one person's, by e-mail or phone as Knock matches them."""

import re
from collections.abc import Mapping
from typing import Any

_WITH_COUNTRY_CODE = 11


def email_key(email: str | None) -> str | None:
    """An e-mail address for comparing: case does not matter."""
    return email.strip().casefold() or None if email else None


def phone_key(phone: str | None) -> str | None:
    """A phone number for comparing: `+1 (206) 555-4567 ext. 8` equals `2065554567`."""
    number = re.split(r"ext|x|#|;", (phone or "").lower(), maxsplit=1)[0]
    digits = "".join(one for one in number if one.isdigit())
    north_american = len(digits) == _WITH_COUNTRY_CODE and digits.startswith("1")
    return (digits[1:] if north_american else digits) or None


def same_person(profile: Mapping[str, Any], email: str | None, phone: str | None) -> bool:
    """Whether `profile` (camelCase, as given to Knock) has this e-mail address or this phone number."""
    emails, phones = (
        (email_key(profile.get("email")), email_key(email)),
        (phone_key(profile.get("phone")), phone_key(phone)),
    )
    return any(ours is not None and ours == theirs for ours, theirs in (emails, phones))
