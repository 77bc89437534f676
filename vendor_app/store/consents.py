"""Whether prospects agreed to text messages, and the wording they saw: kept as evidence."""

from dataclasses import dataclass
from datetime import datetime

from vendor_app.store.table import Table


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What a prospect answered, to which words (None: not known), and when."""

    sms_consent: bool
    wording: str | None
    given_at: datetime


class Consents(Table):
    """Reads and writes consents."""

    def keep(self, tour_id: str, sms_consent: bool, wording: str | None, now: datetime) -> None:
        """Store the prospect's answer and the wording they saw; None when the booking did not say which."""
        self._db.execute(
            """INSERT INTO sms_consents (tour_id, sms_consent, wording, given_at)
               VALUES (:tour_id, :sms_consent, :wording, :now)""",
            tour_id=tour_id,
            sms_consent=sms_consent,
            wording=wording,
            now=now,
        )

    def of_tour(self, tour_id: str) -> Consent | None:
        """The tour's, or None for one from before this was kept."""
        row = self._db.one("SELECT sms_consent, wording, given_at FROM sms_consents WHERE tour_id = :tour_id", tour_id=tour_id)
        return Consent(**{**row, "sms_consent": bool(row["sms_consent"])}) if row else None
