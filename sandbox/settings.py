"""What the sandbox must be told; whoever starts it decides where the values come from."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SandboxSettings:
    """Keys and secrets are the ones the vendor was given; an empty URL means that side is never called.

    The vendor is told of appointments at `webhook_url` (with `Authorization: Bearer <webhook_token>`) and of doors
    at `callback_url` (signed with `access_secret`, which also vouches for the vendor's own requests to the lock).
    The vendor calls Propexo with `Authorization: Bearer <propexo_token>`, and Seam with `Bearer <seam_key>`; Seam tells of
    its events at `seam_webhook_url`, signed with `seam_secret`.
    Mail is taken at `mail_port` (0: none is) and written to `mail_folder`.
    Doorway's link leads to `vendor_url`. Without a `state_path` the sandbox forgets everything when it ends.
    Knock really waits 15 minutes before it repeats a notice, 288 times; the sandbox waits `webhook_retry_seconds`, and repeats
    `webhook_attempts` times.
    """

    appointment_key: str
    prospect_key: str
    webhook_url: str
    webhook_token: str
    callback_url: str
    access_secret: str
    vendor_url: str
    state_path: Path | None = None
    mail_folder: Path | None = None
    mail_port: int = 0
    webhook_retry_seconds: float = 5.0
    webhook_attempts: int = 288
    propexo_token: str = "propexo-TEST-TOKEN"  # noqa: S105 - opens nothing but the sandbox
    seam_key: str = "seam-TEST-KEY"
    seam_webhook_url: str = ""
    seam_secret: str = "whsec_c2VhbSBzaWducyB3aXRoIHRoaXMgaW4gdGhlIHNhbmRib3g="  # noqa: S105 - the sandbox's own
