"""The partners whose ids fill a database, by the names under which it remembers their addresses."""

from enum import StrEnum

from vendor_app.domain.communities import LockKind


class Partner(StrEnum):
    """Who it is, by the name it has in the database; a lock system's is its kind's."""

    KNOCK = "knock"
    PROPEXO = "propexo"
    HTTP = LockKind.HTTP.value
    SEAM = LockKind.SEAM.value

    @property
    def setting(self) -> str:
        """The variable that says its address."""
        return _SETTINGS[self]


_SETTINGS = {
    Partner.KNOCK: "VENDOR_KNOCK_BASE_URL",
    Partner.PROPEXO: "VENDOR_PROPEXO_BASE_URL",
    Partner.HTTP: "VENDOR_ACCESS_URL",
    Partner.SEAM: "VENDOR_SEAM_BASE_URL",
}
LOCK_SYSTEMS = (Partner.HTTP, Partner.SEAM)
