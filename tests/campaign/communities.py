"""The five properties of a campaign: each lock adapter, both channels, and two where places are few."""

from dataclasses import replace

from sandbox.knock.model import Community
from sandbox.properties import communities
from sandbox.seam.devices import devices

ALDER, MAPLE, SAGUARO = "b9XQN6eMvvrr07zg", "191b65d2686d11e9", "5e0f3c77a1d84b62"
BIRCH, CEDAR = "77aa10c2birch001", "40c3e19acedar002"
ALL = (ALDER, MAPLE, SAGUARO, BIRCH, CEDAR)
WITHOUT_LOCK, BY_SEAM, BY_PROPEXO = BIRCH, SAGUARO, MAPLE
# Doors of Seam's tell of no grant: who opened one is known only where one visitor at a time is there.
MOST_AT_ONCE = {SAGUARO: 1, CEDAR: 2}
FRONT = "Front entrance"
_PLENTY = 1000


def properties() -> list[Community]:
    """Fresh copies. Knock's calendars take any number of tours at once: how many there may be, our own rules say."""
    usual = communities()
    birch = replace(usual[0], community_id=BIRCH, name="Birch House", units=["11", "12"])
    cedar = replace(usual[1], community_id=CEDAR, name="Cedar Row", units=["C 1", "C 2", "C 3"])
    return [replace(one, at_once=10**6) for one in (*usual, birch, cedar)]


def units_of(community_id: str) -> list[str]:
    """The property's apartments."""
    return next(one.units for one in properties() if one.community_id == community_id)


def rules_file() -> str:
    """The operator's file that serves them so."""
    seam_doors = devices({SAGUARO: units_of(SAGUARO)}).values()
    doors = "".join(
        f'[[community.{SAGUARO}.doors]]\nname = "{one.name}"\ndevice = "{one.device_id}"\n'
        + (f'unit = "{one.unit_name}"\n' if one.unit_name else "")
        for one in seam_doors
    )
    attributions = '{ "Zillow" = "clatt_zillow", "Property Website" = "clatt_site" }'
    return f"""
[community.{ALDER}]
max_concurrent_tours = {_PLENTY}
lock = "http"

[community.{MAPLE}]
max_concurrent_tours = {_PLENTY}
channel = "propexo"
[community.{MAPLE}.propexo]
integration_id = "clint_01"
community_id = "clcom_01"
attribution_id = "clatt_default"
attributions = {attributions}

[community.{BIRCH}]
max_concurrent_tours = {_PLENTY}
lock = "none"

[community.{CEDAR}]
max_concurrent_tours = {MOST_AT_ONCE[CEDAR]}
lock = "http"

[community.{SAGUARO}]
max_concurrent_tours = {MOST_AT_ONCE[SAGUARO]}
lock = "seam"
{doors}"""
