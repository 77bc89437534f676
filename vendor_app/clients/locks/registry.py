"""Every make of lock systems that we can connect to; the settings say which are connected (config.py)."""

from vendor_app.clients.locks import http_lock, seam
from vendor_app.clients.locks.interface import LockVendor
from vendor_app.domain import LockKind

VENDORS: dict[LockKind, LockVendor] = {
    LockKind.HTTP: http_lock.VENDOR,
    LockKind.SEAM: seam.VENDOR,
}
