"""The partners whose ids a database holds, by the names under which it stores their addresses."""

from enum import StrEnum


class LockKind(StrEnum):
    """Which lock system opens the doors; clients/locks/registry.py has them all."""

    NONE = "none"
    HTTP = "http"
    SEAM = "seam"


class Partner(StrEnum):
    """A partner by its name in the database; a lock system's is its LockKind."""

    KNOCK = "knock"
    PROPEXO = "propexo"
    HTTP = LockKind.HTTP.value
    SEAM = LockKind.SEAM.value

    @property
    def setting(self) -> str:
        """The environment variable with its address."""
        return "VENDOR_ACCESS_URL" if self is Partner.HTTP else f"VENDOR_{self.name}_BASE_URL"


LOCK_SYSTEMS = tuple(Partner(kind) for kind in LockKind if kind is not LockKind.NONE)
