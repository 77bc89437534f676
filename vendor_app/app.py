"""The wiring of the web application: config → collaborators → blueprints."""

import logging
from collections.abc import Callable
from datetime import datetime

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from vendor_app.clock import utcnow
from vendor_app.config import Config
from vendor_app.store.engine.database import OF_A_PAGE, warn_about
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.web import api, health
from vendor_app.web.bodies import AnyQueryRequest
from vendor_app.web.callbacks import access_callbacks, knock_notices, lock_events
from vendor_app.web.current import install
from vendor_app.web.description import DescribedApi
from vendor_app.web.hardening import harden
from vendor_app.web.pages import booking_pages, doorway, tour_pages
from vendor_app.web.problems import answer_use_case_errors

_OPENAPI = {
    "API_TITLE": "Self-guided tours",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/",
    "OPENAPI_JSON_PATH": "openapi.json",
}
_LARGEST_BODY = 1024 * 1024


def create_app(config: Config, clock: Callable[[], datetime] = utcnow) -> Flask:
    """The web application, its database taken up. Raises StoreError when the database cannot be used."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    warn_about(config.database_url)
    via = Collaborators.connect(config, clock, OF_A_PAGE)
    via.prepare_database()
    app = Flask("vendor_app.web")
    app.request_class = AnyQueryRequest
    https = config.public_url.startswith("https:")
    app.config.update(
        SECRET_KEY=config.secret_key,
        SECRET_KEY_FALLBACKS=list(config.secret_keys_before),
        MAX_CONTENT_LENGTH=_LARGEST_BODY,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        WTF_CSRF_TIME_LIMIT=None,
        **_OPENAPI,
    )
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    install(app, via, clock)
    _register(app, config.public_url)
    harden(app, https)
    return app


def _register(app: Flask, server: str) -> None:
    """Pages carry CSRF tokens; programs authenticate by what they send, so no cookie can act for them."""
    csrf = CSRFProtect(app)
    described = DescribedApi(app, server)
    described.register_blueprint(api.booking)
    described.register_blueprint(api.tours, parameters=api.OF_A_TOUR)
    described.register_blueprint(access_callbacks.blueprint)
    described.finish()
    webhooks = [knock_notices.blueprint, *lock_events.blueprints()]
    for webhook in webhooks:
        app.register_blueprint(webhook)
    for program in (api.booking, api.tours, access_callbacks.blueprint, *webhooks):
        csrf.exempt(program)
    for page in (doorway.blueprint, booking_pages.blueprint, tour_pages.blueprint, health.blueprint):
        app.register_blueprint(page)
    answer_use_case_errors(app)
