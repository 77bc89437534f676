"""An application in a tenth of the time: thousands of tests have one made, and what takes longest is the same for all of them."""

import importlib.metadata
import threading
from collections.abc import Callable
from functools import cache, partial
from types import MethodType
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from flask import Response
from flask_smorest import Blueprint
from jinja2 import Environment
from werkzeug.routing import Rule

from vendor_app.web.description import DescribedApi


def remember_routes(patched: pytest.MonkeyPatch) -> None:
    """Have werkzeug take a route apart once: what comes of it depends on its address alone."""
    remembered: dict[Any, Any] = {}
    compile_anew = Rule.compile

    def compile_once(rule: Rule) -> None:
        if rule.defaults or rule.subdomain or rule.host:
            compile_anew(rule)
            return
        key = rule.rule, rule.merge_slashes
        if key not in remembered:
            compile_anew(rule)
            builders = rule._build.__func__, rule._build_unknown.__func__  # type: ignore[attr-defined]
            remembered[key] = rule._parts, rule._trace, rule._converters, builders
        rule._parts, rule._trace, rule._converters, (build, build_unknown) = remembered[key]
        rule.arguments |= rule._converters.keys()
        rule._build, rule._build_unknown = MethodType(build, rule), MethodType(build_unknown, rule)

    patched.setattr(Rule, "compile", compile_once)


def remember_versions(patched: pytest.MonkeyPatch) -> None:
    """Have the version of a package read once: werkzeug reads its own for each server."""
    patched.setattr(importlib.metadata, "version", cache(importlib.metadata.version))


def remember_templates(patched: pytest.MonkeyPatch) -> None:
    """Have each page's template compiled once: every application would do it anew, which is half the work of a test of pages."""
    compile_anew = Environment.compile
    remembered: dict[Any, Any] = {}

    def compile_once(environment: Environment, source: Any, name: Any = None, filename: Any = None, **options: Any) -> Any:
        # The same text comes out otherwise where other filters, or other rules of escaping, are known.
        key = source, name, filename, type(environment), frozenset(environment.filters), *options.items()
        if key not in remembered:
            remembered[key] = compile_anew(environment, source, name, filename, **options)
        return remembered[key]

    patched.setattr(Environment, "compile", compile_once)


def describe_when_asked(patched: pytest.MonkeyPatch) -> None:
    """Have the API's description written when /openapi.json is first asked for."""
    write, finish, answer = Blueprint.register_views_in_doc, DescribedApi.finish, DescribedApi._openapi_json
    shared = DescribedApi._register_responses
    owed: WeakKeyDictionary[DescribedApi, list[Callable[[], None]]] = WeakKeyDictionary()
    alone = threading.Lock()

    def shared_later(api: DescribedApi) -> None:
        owed.setdefault(api, []).append(partial(shared, api))

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
    patched.setattr(DescribedApi, "_register_responses", shared_later)
    patched.setattr(DescribedApi, "finish", finish_later)
    patched.setattr(DescribedApi, "_openapi_json", finished_answer)
