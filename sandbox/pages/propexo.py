"""Propexo's queue: what was ordered through it, and what became of it."""

from flask import Blueprint, render_template

from sandbox.current import current
from sandbox.propexo.directory import ATTRIBUTIONS, COMMUNITIES
from sandbox.propexo.orders import starts

propexo_queue = Blueprint("propexo_queue", __name__, url_prefix="/propexo-queue")


@propexo_queue.get("")
def show() -> str:
    """Every job, newest first, with the body it was ordered with."""
    sandbox = current()
    jobs = list(sandbox.propexo.jobs.values())[::-1]
    return render_template(
        "propexo.html",
        jobs=jobs,
        starts={one.job_id: starts(one.body) for one in jobs},
        communities={ours: sandbox.knock.communities[theirs] for ours, theirs in COMMUNITIES.items()},
        attributions=ATTRIBUTIONS,
    )
