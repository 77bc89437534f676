"""The WSGI application: `granian --interface wsgi wsgi:app`, or `make serve`."""

import os

from vendor_app.app import create_app
from vendor_app.config import Config

app = create_app(Config.from_env(os.environ))
