"""Propexo's own ids, and what in Knock they stand for."""

from collections.abc import Mapping
from typing import Any

from sandbox.propexo.refusal import Refusal

INTEGRATIONS = {"clint_01": "Knock"}
COMMUNITIES = {"clcom_01": "191b65d2686d11e9", "clcom_02": "b9XQN6eMvvrr07zg", "clcom_03": "5e0f3c77a1d84b62"}
ATTRIBUTIONS = {"clatt_default": "Website", "clatt_zillow": "Zillow", "clatt_site": "Property Website"}
_TABLES = {"integration_id": INTEGRATIONS, "community_id": COMMUNITIES, "attribution_id": ATTRIBUTIONS}


def check_ids(body: Mapping[str, Any]) -> None:
    """404 for the first id that stands for nothing."""
    for name, table in _TABLES.items():
        if body[name] not in table:
            raise Refusal(404, f"There is no {name} {body[name]}.", {name: ["Unknown."]})
