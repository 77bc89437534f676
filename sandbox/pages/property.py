"""A property's own website, with the link Doorway puts on it (Self-Guided Appointment API, step 1)."""

from urllib.parse import quote

from flask import Blueprint, abort, render_template, request

from sandbox.current import current

SOURCES = ("Property Website", "Zillow", "Apartments.com", "Instagram – été & co 🏡", "50% off + parking", "")
property_site = Blueprint("property_site", __name__)


@property_site.get("/property/<community_id>")
def show(community_id: str) -> str:
    """`source` is where the visitor came from; Doorway's link passes it on, or nothing when it is empty."""
    sandbox = current()
    community = sandbox.knock.communities.get(community_id) or abort(404)
    source = request.args.get("source", SOURCES[0])
    link = doorway_link(sandbox.settings.vendor_url, community_id, source)
    return render_template("property.html", community=community, sources=SOURCES, source=source, link=link)


def doorway_link(vendor_url: str, community_id: str, source: str) -> str:
    """Where "Self-Guided Tour" leads; the parameter may be absent."""
    link = f"{vendor_url}/doorway/{community_id}"
    return f"{link}?utm_knock_source_title={quote(source, safe='')}" if source else link
