"""Knock's appointment webhooks (Scheduling API): stored, then answered; the job acts on them."""

from flask import Blueprint
from marshmallow import ValidationError

from schemas.knock import Notice, NoticeDelivery, NoticeEdge
from vendor_app.usecases.booking.take_knock_notices import take_knock_notices
from vendor_app.web.authentication import authenticated_by, knock_token
from vendor_app.web.bodies import bad_delivery, load_delivery
from vendor_app.web.current import collaborators, now

blueprint = authenticated_by(knock_token, Blueprint("knock_notices", __name__))
_delivery, _edge, _notice = NoticeDelivery(), NoticeEdge(), Notice()


@blueprint.post("/webhooks/knock")
def take() -> dict[str, int]:
    """Keep every notice, also what cannot be read; a delivery with nothing else is refused, too, so that Knock sees it."""
    readable, unreadable, refusals = [], [], []
    for number, item in enumerate(load_delivery(_delivery)["edges"]):
        try:
            edge = _edge.load(item)
            if edge["type"] == "APPOINTMENT":
                readable.append(_notice.load(edge["node"]))
        except ValidationError as error:
            refusals.append(bad_delivery(error, f"edges.{number}"))
            unreadable.append((item, refusals[-1].description or ""))
    stored = take_knock_notices(collaborators(), readable, unreadable, now())
    if refusals and not readable:
        raise refusals[0]
    return {"stored": stored, "unreadable": len(unreadable)}
