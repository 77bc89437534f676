"""Seam's calls: all POST, all JSON, all with the workspace's key."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError

from sandbox.current import current
from sandbox.request_fields import complaints
from sandbox.seam.answers import access_grant, access_method
from sandbox.seam.refusal import Refusal, error_body
from sandbox.seam.schemas import CreateSchema, DeleteSchema, GetSchema, MethodIdSchema, UpdateSchema

seamapi = Blueprint("seamapi", __name__, url_prefix="/seam")
_create, _get, _update, _delete, _method = CreateSchema(), GetSchema(), UpdateSchema(), DeleteSchema(), MethodIdSchema()


@seamapi.before_request
def admit() -> None:
    """The key, as a bearer token."""
    if request.headers.get("Authorization") != f"Bearer {current().settings.seam_key}":
        raise Refusal(401, "unauthorized", "Unauthorized")


@seamapi.post("/access_grants/create")
def create_grant() -> dict[str, Any]:
    """A new grant."""
    return {"ok": True, "access_grant": access_grant(current().seam.create(_body(_create)))}


@seamapi.post("/access_grants/get")
def get_grant() -> dict[str, Any]:
    """The grant with this id or key."""
    seam, asked = current().seam, _body(_get)
    grant = seam.find(str(asked.get("access_grant_id") or asked.get("access_grant_key")))
    return {"ok": True, "access_grant": access_grant(grant, being_deleted=grant.deleted)}


@seamapi.post("/access_grants/update")
def update_grant() -> dict[str, Any]:
    """Other times."""
    asked = _body(_update)
    current().seam.update(str(asked.pop("access_grant_id")), **asked)
    return {"ok": True}


@seamapi.post("/access_grants/delete")
def delete_grant() -> dict[str, Any]:
    """It opens nothing any more."""
    current().seam.delete(str(_body(_delete)["access_grant_id"]))
    return {"ok": True}


@seamapi.post("/access_methods/get")
def get_method() -> dict[str, Any]:
    """The access method, with its PIN or its link."""
    return {"ok": True, "access_method": access_method(current().seam.poll(str(_body(_method)["access_method_id"])))}


@seamapi.errorhandler(Refusal)
def refuse(refusal: Refusal) -> ResponseReturnValue:
    """Every refusal has one form."""
    return error_body(refusal.kind, refusal.message, refusal.complaints), refusal.status


def _body(schema: Schema) -> dict[str, Any]:
    """The request's JSON body, if it is as the reference wants it."""
    if request.mimetype != "application/json":
        raise Refusal(400, "invalid_input", "Content-Type must be application/json.")
    asked: Any = request.get_json(silent=True)
    try:
        loaded: dict[str, Any] = schema.load(asked)
    except ValidationError as error:
        raise Refusal(400, "invalid_input", complaints(error), error.messages_dict) from error
    return loaded
