"""The keypads at a property's doors. They tell what a door tells: it opens, or it stays shut."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sandbox.current import current

RECENT = 12
keypad = Blueprint("keypad", __name__, url_prefix="/keypad/<community_id>")


@keypad.get("")
def show(community_id: str) -> str:
    """`door` and `result` come from the redirect after a code was typed; the code never stands in a URL."""
    sandbox = current()
    community = sandbox.knock.communities.get(community_id) or abort(404)
    everything = sorted([*sandbox.lock.activity, *sandbox.seam.activity], key=lambda one: one.occurred_at)
    here = [one for one in everything if one.community_id == community_id]
    return render_template(
        "keypad.html",
        community=community,
        doors=sandbox.lock.doors(community_id),
        inside=sandbox.lock.inside(community_id),
        activity=here[: -RECENT - 1 : -1],
        door=request.args.get("door"),
        result=request.args.get("result"),
    )


@keypad.post("")
def type_code(community_id: str) -> Response:
    """Somebody types a code."""
    door, code = request.form.get("door", ""), request.form.get("code", "").strip()
    try:
        opened = _opens(community_id, door, code)
    except KeyError:
        abort(404)
    result = "opened" if opened else "shut"
    return redirect(url_for("keypad.show", community_id=community_id, door=door, result=result), 303)


def _opens(community_id: str, door: str, code: str) -> bool:
    """Every door takes the codes of both lock systems; one that neither issued is typed at the signed contract's."""
    seam, lock = current().seam, current().lock
    device = seam.device_at(community_id, door)
    if device and seam.knows(code):
        return seam.type_code(device.device_id, code)
    return lock.type_code(community_id, door, code)


@keypad.post("/leave")
def leave(community_id: str) -> Response:
    """The holder of a grant walks out."""
    try:
        current().lock.leave(request.form.get("grant_id", ""))
    except KeyError:
        abort(404)
    return redirect(url_for("keypad.show", community_id=community_id, result="left"), 303)
