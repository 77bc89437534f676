"""For those who watch the system."""

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from vendor_app.usecases.errors import StoreError
from vendor_app.usecases.operate import count_everything, is_ready
from vendor_app.web.authentication import anybody, authenticated_by
from vendor_app.web.current import collaborators, now
from vendor_app.web.metrics import describe

blueprint = authenticated_by(anybody, Blueprint("health", __name__))


@blueprint.get("/healthz")
def healthy() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def ready() -> tuple[dict[str, str], int]:
    """The database answers and is up to date."""
    try:
        current = is_ready(collaborators())
    except StoreError as error:
        return {"status": "unavailable", "detail": str(error)}, 503
    return ({"status": "ready"}, 200) if current else ({"status": "unavailable", "detail": "run `make migrate`"}, 503)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Numbers for Prometheus: counts only, nothing about people."""
    return Response(generate_latest(describe(count_everything(collaborators(), now()), now())), content_type=CONTENT_TYPE_LATEST)
