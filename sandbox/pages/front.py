"""The front page: what this is, where things are, and how to live the story."""

from flask import Blueprint, render_template

from sandbox.current import current

front = Blueprint("front", __name__)


@front.get("/")
def show() -> str:
    """Links to everything."""
    return render_template("front.html", communities=current().knock.communities.values())
