"""Stand-ins for Knock, for Propexo in front of it, for a lock system and for Seam: a real HTTP server for `make run` and tests.

It knows nothing of the product except the signatures both sides agreed on, and everything it needs is an argument.
"""

from sandbox.network.faults import Faults
from sandbox.sandbox import Sandbox
from sandbox.server import Served, serve
from sandbox.settings import SandboxSettings
from sandbox.times import utcnow

__all__ = ["Faults", "Sandbox", "SandboxSettings", "Served", "serve", "utcnow"]
