"""What schemathesis has to know of the product to get past its doors: tokens, signatures, times that are open.

Loaded by `schemathesis run` in a process of its own (schemathesis.toml). The test that starts it has booked tours, and tells of
them in the file that TOURS names. What schemathesis makes wrong on purpose stays wrong.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from itertools import count, cycle
from pathlib import Path
from typing import Any

import requests
import schemathesis
from marshmallow import ValidationError
from requests.auth import AuthBase
from schemathesis import Case, HookContext
from schemathesis.core.parameters import ParameterLocation

from schemas.base import phone_number
from tests.sandbox.stage import NOON_IN_SEATTLE
from tests.world import COMMUNITY, SECRET, START
from vendor_app.signatures import sign

TOURS: dict[str, Any] = json.loads(Path(os.environ["TOURS"]).read_text(encoding="utf-8"))
_tours = {kind: cycle(booked) for kind, booked in TOURS["tours"].items()}
_TOKENS = {f"Bearer {tour['tourToken']}" for booked in TOURS["tours"].values() for tour in booked}
_minutes = count(TOURS["minutes_taken"])
_number = count()
# The operations that get nowhere with a tour that has only been booked, or with which the others would get nowhere.
_KIND = {"finishTour": "begun", "verifyContact": "gated", "cancelTour": "unwanted"}


def _is_meant_well(case: Case[Any], where: ParameterLocation) -> bool:
    """Whether schemathesis made this part of the request to be accepted."""
    return case.meta is None or not case.meta.is_negative_at(where)


@schemathesis.auth(refresh_interval=None).apply_to(tag="tours")
class Token:
    """Two requests of three come from the holder of a tour; the third is a stranger's, with no token or a made-up one."""

    def get(self, case: Case[Any], _: Any) -> Mapping[str, str]:
        """The next tour of the kind for the operation."""
        tour: Mapping[str, str] = next(_tours[_KIND.get(_operation(case), "booked")])
        return tour

    def set(self, case: Case[Any], tour: Mapping[str, str], _: Any) -> None:
        """Have the request come from the tour's holder, wherever they are."""
        if next(_number) % 3 == 2:
            return
        case.headers["Authorization"] = f"Bearer {tour['tourToken']}"
        if _is_meant_well(case, ParameterLocation.PATH):
            case.path_parameters["tour_id"] = tour["tourId"]


@schemathesis.hook
def before_call(_: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Make what is meant well right."""
    if _is_meant_well(case, ParameterLocation.PATH) and "community_id" in case.path_parameters:
        case.path_parameters["community_id"] = COMMUNITY
    if _is_meant_well(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        _MADE_RIGHT.get(_operation(case), lambda _: None)(case.body)
    if _operation(case) == "bookTour" and _is_meant_well(case, ParameterLocation.HEADER):
        case.headers["Idempotency-Key"] = f"{next(_number)}-{case.headers.get('Idempotency-Key', '')}"[:255]
    signs = _operation(case) == "tellOfAccess" and _is_meant_well(case, ParameterLocation.HEADER)
    kwargs["auth"] = _Envelope(_address(case), signs)


def _operation(case: Case[Any]) -> str:
    return str(case.operation.definition.raw.get("operationId"))


def _address(case: Case[Any]) -> str:
    """Every holder has an address of their own; strangers share one, and are told some day that they have tried too often."""
    known = case.headers.get("Authorization") in _TOKENS or _operation(case) == "bookTour"
    number = next(_number) if known else 0
    return f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"


def _an_open_time(body: dict[str, Any]) -> None:
    body["startTime"] = (START + timedelta(minutes=next(_minutes))).isoformat()


def _a_booking(body: dict[str, Any]) -> None:
    """What no schema can say: which communities there are, which times are open, which numbers can be called."""
    _an_open_time(body)
    body["communityId"] = COMMUNITY
    if body.get("arrivalId"):
        body["arrivalId"] = TOURS["arrival"]
    profile = body["profile"]
    for name, value in profile.items():
        if isinstance(value, float):
            profile[name] = int(value)  # 2.0 is whole to JSON Schema; to us, whoever writes it may have meant 2.5
    if "minBudget" in profile and "maxBudget" in profile:
        profile["minBudget"], profile["maxBudget"] = sorted((profile["minBudget"], profile["maxBudget"]))
    if "phone" in profile:
        profile["phone"] = _callable(profile["phone"])


def _callable(phone: str) -> str:
    try:
        phone_number(phone)
    except ValidationError:
        return "(206) 555-4567"
    return phone


_MADE_RIGHT = {"bookTour": _a_booking, "rescheduleTour": _an_open_time}


class _Envelope(AuthBase):
    """What is put around a finished request: where it comes from, and the lock system's signature."""

    def __init__(self, address: str, signs: bool) -> None:
        self._address = address
        self._signs = signs

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["X-Forwarded-For"] = self._address
        if self._signs:
            body = request.body or b""
            content = body.encode() if isinstance(body, str) else body
            with suppress(UnicodeDecodeError):  # what is not UTF-8 cannot be signed: it goes as it is
                request.headers.update(sign(SECRET, f"msg_{next(_number)}", content, NOON_IN_SEATTLE))
        return request
