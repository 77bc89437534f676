"""Devices, and access grants with their methods."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Device:
    """A lock. `unit_name` is None where everybody goes through."""

    device_id: str
    community_id: str
    name: str
    unit_name: str | None = None


@dataclass
class AccessMethod:
    """One way to open the doors of a grant. `polls` is how often somebody asked for it."""

    access_method_id: str
    mode: str
    created_at: datetime
    code: str | None = None
    instant_key_url: str | None = None
    issued_at: datetime | None = None
    polls: int = 0


@dataclass
class AccessGrant:
    """Which devices open for whom, and when. `access_code_ids`: the code's own id at each device."""

    access_grant_id: str
    access_grant_key: str | None
    full_name: str
    device_ids: list[str]
    modes: list[str]
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    methods: list[AccessMethod] = field(default_factory=list)
    access_code_ids: dict[str, str] = field(default_factory=dict)
    failed: bool = False
    deleted: bool = False

    def __post_init__(self) -> None:
        self.methods = [AccessMethod(**one) if isinstance(one, dict) else one for one in self.methods]

    @property
    def open_methods(self) -> list[AccessMethod]:
        """Those that are not issued yet."""
        return [one for one in self.methods if one.issued_at is None]

    def has_code(self, code: str) -> bool:
        """Whether this is its code, issued."""
        return any(one.code == code and one.issued_at is not None for one in self.methods)

    def works(self, now: datetime) -> bool:
        """Whether it opens anything at this moment."""
        return not self.deleted and not self.failed and self.starts_at <= now <= self.ends_at
