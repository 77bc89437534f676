"""Seam: one API in front of most brands of locks."""

from vendor_app.clients.locks.interface import LockVendor
from vendor_app.clients.locks.seam.client import SeamLock
from vendor_app.clients.locks.seam.events import WEBHOOK

VENDOR = LockVendor(connect=SeamLock, abilities=SeamLock.abilities, webhook=WEBHOOK)
