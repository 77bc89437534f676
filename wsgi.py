"""The WSGI application. `make serve` bounds what it is asked (vendor_app/server/); another server needs its own bounds."""

import os

from vendor_app.app import create_app
from vendor_app.config import Config
from vendor_app.usecases.operators.heartbeat import HeartbeatWriter
from vendor_app.web.current import collaborators

app = create_app(Config.from_env(os.environ))
with app.app_context():
    HeartbeatWriter.of_web(collaborators()).start()
