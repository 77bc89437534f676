"""An application in a tenth of the time: thousands of tests have one made, and what takes longest is the same for all of them."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from flask import Response
from flask_smorest import Blueprint
from werkzeug.routing import Rule

from vendor_app.web.description import DescribedApi


def remember_routes(patched: pytest.MonkeyPatch) -> None:
    """Have werkzeug compile what makes a route's address once; it takes the route itself as an argument."""
    compiled: dict[Any, Any] = {}
    compile_anew = Rule._compile_builder

    def remembered(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return compile_anew(rule, append_unknown)
        key = rule.rule, tuple(rule._trace), append_unknown
        if key not in compiled:
            compiled[key] = compile_anew(rule, append_unknown)
        return compiled[key]

    patched.setattr(Rule, "_compile_builder", remembered)


def describe_when_asked(patched: pytest.MonkeyPatch) -> None:
    """Have the API's description written when /openapi.json is first asked for."""
    write, finish, answer = Blueprint.register_views_in_doc, DescribedApi.finish, DescribedApi._openapi_json
    owed: WeakKeyDictionary[DescribedApi, list[Callable[[], None]]] = WeakKeyDictionary()
    alone = threading.Lock()

    def write_later(blueprint: Blueprint, api: DescribedApi, *arguments: Any, **options: Any) -> None:
        owed.setdefault(api, []).append(partial(write, blueprint, api, *arguments, **options))

    def finish_later(api: DescribedApi) -> None:
        owed[api].append(partial(finish, api))

    def finished_answer(api: DescribedApi) -> Response:
        with alone:
            for step in owed.pop(api, ()):
                step()
        return answer(api)

    patched.setattr(Blueprint, "register_views_in_doc", write_later)
    patched.setattr(DescribedApi, "finish", finish_later)
    patched.setattr(DescribedApi, "_openapi_json", finished_answer)
