"""Times as a property's own people read them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.knock.model import Community


def local_time(moment: datetime, community: Community) -> str:
    """`Fri 20 Nov 2026, 14:30 (UTC+02:00)`: in the property's offset, never the reader's."""
    there = moment.astimezone(ZoneInfo(community.time_zone))
    offset = f"{there:%z}"
    return f"{there:%a %-d %b %Y, %H:%M} (UTC{offset[:3].replace('-', '−')}:{offset[3:]})"
