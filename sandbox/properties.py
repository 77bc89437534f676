"""The three properties of the sandbox: Knock lists them, and the lock system has their doors."""

from sandbox.knock.model import Community


def communities() -> list[Community]:
    """Fresh copies; three time zones, of which one knows no daylight saving time."""
    return [_the_alder(), _maple_court(), _saguaro_flats()]


def _the_alder() -> Community:
    return Community(
        community_id="b9XQN6eMvvrr07zg",
        name="The Alder",
        company="Northbank Living",
        address={"street": "1200 Alder Street", "city": "Seattle", "state": "WA", "zip": "98104"},
        geolocation={"latitude": 47.6069, "longitude": -122.3265},
        time_zone="America/Los_Angeles",
        units=["101", "102", "204", "305"],
    )


def _maple_court() -> Community:
    return Community(
        community_id="191b65d2686d11e9",
        name="Maple Court",
        company="Northbank Living",
        address={"street": "88 Maple Avenue", "city": "Albany", "state": "NY", "zip": "12207"},
        geolocation={"latitude": 42.6526, "longitude": -73.7562},
        time_zone="America/New_York",
        units=["A 1", "A 2", "B 7", "PH 1"],
    )


def _saguaro_flats() -> Community:
    return Community(
        community_id="5e0f3c77a1d84b62",
        name="Saguaro Flats",
        company="Dry Creek Homes",
        address={"street": "410 Desert Willow Lane", "city": "Phoenix", "state": "AZ", "zip": "85004"},
        geolocation={"latitude": 33.4484, "longitude": -112.0740},
        time_zone="America/Phoenix",
        units=["1001", "1002", "2210"],
    )
