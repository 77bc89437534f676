"""Stand-ins for Knock, for Propexo in front of it, for a lock system and for Seam: a real HTTP server for `make run` and tests.

It knows nothing of the product except the signatures both sides agreed on, and everything it needs is an argument.
"""

from vendor_app.sandbox.faults import Faults
from vendor_app.sandbox.sandbox import Sandbox
from vendor_app.sandbox.server import Served, serve
from vendor_app.sandbox.settings import SandboxSettings
from vendor_app.sandbox.times import utcnow

__all__ = ["Faults", "Sandbox", "SandboxSettings", "Served", "serve", "utcnow"]
