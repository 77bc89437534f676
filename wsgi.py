"""The WSGI application: `granian --interface wsgi wsgi:app`, or `make serve`."""

import os

from vendor_app.app import create_app
from vendor_app.config import Config
from vendor_app.usecases.heart import Heart
from vendor_app.web.current import collaborators

app = create_app(Config.from_env(os.environ))
with app.app_context():
    Heart.of_web(collaborators()).start()
