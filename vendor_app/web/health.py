"""For those who watch the system."""

from typing import Any

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from vendor_app.usecases.errors import StoreError
from vendor_app.usecases.operators.health import problems, unavailable
from vendor_app.usecases.operators.operate import count_everything
from vendor_app.web.authentication import anybody, authenticated_by
from vendor_app.web.current import collaborators, now
from vendor_app.web.metrics import describe

blueprint = authenticated_by(anybody, Blueprint("health", __name__))


@blueprint.get("/healthz")
def healthy() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def ready() -> tuple[dict[str, Any], int]:
    """The database answers, is up to date and takes what we write. What else is wrong is told with a 200: pages still serve."""
    try:
        why_not = unavailable(collaborators(), now())
        found = [] if why_not else problems(collaborators(), now())
    except StoreError as error:
        why_not = str(error)
    if why_not:
        return {"status": "unavailable", "detail": why_not}, 503
    return {"status": "degraded", "problems": found} if found else {"status": "ready"}, 200


@blueprint.get("/metrics")
def metrics() -> Response:
    """Numbers for Prometheus: counts only, nothing about people."""
    return Response(generate_latest(describe(count_everything(collaborators(), now()), now())), content_type=CONTENT_TYPE_LATEST)
