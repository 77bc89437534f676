"""Knock's appointment webhooks (Scheduling API): stored, then answered; the job acts on them."""

import logging

from flask import Blueprint
from marshmallow import ValidationError

from schemas.knock import Notice, NoticeDelivery
from vendor_app.usecases.take_knock_notices import take_knock_notices
from vendor_app.web.authentication import authenticated_by, knock_token
from vendor_app.web.current import collaborators, now
from vendor_app.web.webhooks import bad_delivery, load_delivery

log = logging.getLogger(__name__)

blueprint = authenticated_by(knock_token, Blueprint("knock_notices", __name__))
_delivery, _notice = NoticeDelivery(), Notice()


@blueprint.post("/webhooks/knock")
def take() -> dict[str, int]:
    """Keep every readable notice; only a delivery with none is refused, for Knock would repeat the good ones for days."""
    nodes = [edge["node"] for edge in load_delivery(_delivery)["edges"] if edge["type"] == "APPOINTMENT"]
    readable, unreadable = [], []
    for node in nodes:
        try:
            readable.append(_notice.load(node))
        except ValidationError as error:
            unreadable.append(error)
    if unreadable and not readable:
        raise bad_delivery(unreadable[0])
    for one in unreadable:
        log.error("one notice of a delivery cannot be read: %s", bad_delivery(one).description)
    return {"stored": take_knock_notices(collaborators(), readable, now()), "unreadable": len(unreadable)}
