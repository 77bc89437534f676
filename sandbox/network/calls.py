"""The names under which the partners' calls are recorded and broken: the method, and the path without its ids."""

import re
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

PROPEXO_CALLS = ("POST /crm/v1/appointments/knock", "GET /v1/admin/write-status")
SEAM_CALLS = (
    "POST /access_grants/create",
    "POST /access_grants/get",
    "POST /access_grants/update",
    "POST /access_grants/delete",
    "POST /access_methods/get",
)
CALLS = (
    "GET /communities",
    "GET /community/available-times",
    "POST /appointment/request",
    "PUT /appointment/cancel",
    "POST /visit",
    "POST /prospect",
    "GET /prospect",
    "GET /prospect/events",
    "POST /lock access.grant_requested",
    "POST /lock access.revoke_requested",
    *PROPEXO_CALLS,
    *SEAM_CALLS,
)


def call_name(app: Flask, request: Request) -> str | None:
    """`PUT /appointment/cancel` for `PUT /knock/appointment/12/cancel`; None for the sandbox's own pages."""
    name = f"{request.method} {_path_without_ids(app, request)}"
    if name == "POST /lock":
        name = f"{name} {_event_type(request)}"
    return name if name in CALLS else None


def _path_without_ids(app: Flask, request: Request) -> str:
    try:
        rule, _ = app.url_map.bind_to_environ(request.environ).match(return_rule=True)
    except HTTPException:
        return ""
    return re.sub(r"^/(?:knock|propexo|seam)(?=/)|/<[^>]+>", "", rule.rule)


def _event_type(request: Request) -> Any:
    body = request.get_json(force=True, silent=True)
    return body.get("type") if isinstance(body, dict) else None
