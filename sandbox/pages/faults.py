"""Break the partners by hand, or over HTTP from a script."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sandbox.current import current
from sandbox.network.calls import CALLS
from sandbox.network.faults import KINDS

RECENT = 20
faults = Blueprint("faults", __name__, url_prefix="/faults")


@faults.get("")
def show() -> str:
    """What is armed, and how the last calls went."""
    sandbox = current()
    return render_template(
        "faults.html", calls=CALLS, kinds=KINDS, armed=sandbox.faults.armed(), recent=sandbox.calls[: -RECENT - 1 : -1]
    )


@faults.post("")
def arm() -> ResponseReturnValue:
    """`call`, `fault`, `times` and `seconds`, as a form or as JSON; 400 says which of them is wrong."""
    asked: Any = request.get_json() if request.is_json else request.form
    try:
        current().faults.set(str(asked["call"]), str(asked["fault"]), int(asked.get("times", 1)), float(asked.get("seconds", 5)))
    except (ValueError, TypeError, KeyError) as error:
        return {"error": str(error)}, 400
    return _answer()


@faults.post("/clear")
def clear() -> ResponseReturnValue:
    """Disarm everything and let go of the calls that hang."""
    current().faults.clear()
    return _answer()


def _answer() -> ResponseReturnValue:
    if not request.is_json:
        return redirect(url_for("faults.show"), 303)
    return {"armed": [{"call": one.call, "fault": one.kind, "times": one.times} for one in current().faults.armed()]}
