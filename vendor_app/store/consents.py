"""What prospects said to text messages, and the wording they saw: kept as evidence."""

from datetime import datetime

from vendor_app.store.engine.database import Connection, Row


def keep_consent(tx: Connection, tour_id: str, sms_consent: bool, wording: str | None, now: datetime) -> None:
    """What they answered, to which words; None where whoever booked for them gave none."""
    tx.execute(
        """INSERT INTO sms_consents (tour_id, sms_consent, wording, given_at)
           VALUES (:tour_id, :sms_consent, :wording, :now)""",
        tour_id=tour_id,
        sms_consent=sms_consent,
        wording=wording,
        now=now,
    )


def consent_of(db: Connection, tour_id: str) -> Row | None:
    """`sms_consent, wording, given_at` of a tour, or None for one from before this was kept."""
    return db.one("SELECT sms_consent, wording, given_at FROM sms_consents WHERE tour_id = :tour_id", tour_id=tour_id)
