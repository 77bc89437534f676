"""Stand-ins for Knock, for Propexo in front of it and for a lock system: a real HTTP server for `make run` and for the tests.

It knows nothing of the product except the signatures both sides agreed on, and everything it needs is an argument.
"""

from vendor_app.sandbox.faults import Faults
from vendor_app.sandbox.sandbox import Sandbox
from vendor_app.sandbox.server import Served, serve
from vendor_app.sandbox.settings import SandboxSettings
from vendor_app.sandbox.times import utcnow

__all__ = ["Faults", "Sandbox", "SandboxSettings", "Served", "serve", "utcnow"]
