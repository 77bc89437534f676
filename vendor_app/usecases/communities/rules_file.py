"""Reads and checks the operator's rules file (docs/communities.md): all mistakes are reported at once, with their lines."""

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from schemas.community_rules import CommunityTable, problems_of, unknown_key
from schemas.toml_lines import Lines, Place
from vendor_app.clients.locks.registry import VENDORS
from vendor_app.config import PREFIX, Config
from vendor_app.domain import Channel, Verification
from vendor_app.domain.communities import unit_key
from vendor_app.domain.differences import shown_key
from vendor_app.domain.partners.locks import why_unsafe
from vendor_app.usecases.communities.community_rules import rules_from_table
from vendor_app.usecases.errors import UseCaseError

TomlTables = dict[str, dict[str, Any]]
"""The communities' tables as the file has them, by community."""
_Problem = tuple[Place, str]

_LONGEST_ID = 100
_table = CommunityTable()


class RulesRefused(UseCaseError):
    """The rules file cannot be used and nothing was changed; `problems` has a line for each mistake."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join([*problems, "nothing was changed"]))
        self.problems = problems


def read_file(name: str) -> bytes:
    """The file's content. Raises RulesRefused, which says what to do."""
    if not name:
        raise RulesRefused(["say which file: make communities FILE=communities.toml (communities.example.toml shows one)"])
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise RulesRefused([f"{name} cannot be read: {error.strerror}"]) from error


def read_rules_file(content: bytes, config: Config) -> TomlTables:
    """The tables of the file. Raises RulesRefused when anything in it is wrong."""
    try:
        text = content.decode("utf-8-sig")
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RulesRefused([f"line {line}: this is not UTF-8 text; save the file as UTF-8"]) from error
    except tomllib.TOMLDecodeError as error:
        raise RulesRefused([f"this is not TOML: {error}"]) from error
    if problems := list(_problems(document, config)):
        lines = Lines(text)
        told = sorted((lines.line_of(path), f"{shown_place(path)}: {said}") for path, said in problems)
        raise RulesRefused([f"line {line}: {what}" for line, what in told])
    tables: TomlTables = document.get("community", {})
    return tables


def _problems(document: dict[str, Any], config: Config) -> Iterator[_Problem]:
    for name in document.keys() - {"community"}:
        yield (name,), unknown_key(name, ["community"])
    tables = document.get("community", {})
    if not isinstance(tables, dict):
        yield ("community",), "Must be tables, one a community: [community.…]."
        return
    for community_id, table in tables.items():
        at: Place = ("community", community_id)
        if not 0 < len(community_id.strip()) == len(community_id) <= _LONGEST_ID or not community_id.isprintable():
            yield at, f"No id of Knock's: 1 to {_LONGEST_ID} characters, and no space around them."
        wrong = list(problems_of(_table.validate(table), at))
        yield from wrong
        if isinstance(table, dict):
            yield from ((at + path, said) for path, said in _without_settings(table, config))
        if not wrong:
            yield from ((at + path, said) for path, said in _unsafe(table, config))
    yield from _ambiguous(tables)


def _without_settings(table: dict[str, Any], config: Config) -> Iterator[_Problem]:
    needed: dict[tuple[str, str], tuple[str, str]] = {
        **{("lock", kind): (lock.connected_by, lock.url) for kind, lock in config.locks.items()},
        ("channel", Channel.PROPEXO): ("PROPEXO_BASE_URL", config.propexo_base_url),
        ("require_verified", Verification.EMAIL): ("SMTP_URL", config.smtp_url),
        ("require_verified", Verification.PHONE): ("SMS_GATEWAY", config.smtp_url and config.sms_gateway),
    }
    for (key, value), (setting, given) in needed.items():
        if table.get(key) == value and not given:
            yield (key,), f'"{value}" needs the setting {PREFIX}{setting}.'


def _unsafe(table: dict[str, Any], config: Config) -> Iterator[_Problem]:
    """Problems of rules that need what their lock system cannot do."""
    rules = rules_from_table(config.default_rules, table)
    if rules.has_lock:
        yield from ((("lock",), sentence) for sentence in why_unsafe(VENDORS[rules.lock].abilities, rules, f'"{rules.lock}"'))


def _ambiguous(tables: dict[str, Any]) -> Iterator[_Problem]:
    """A device stands for one door in the whole file; a name and a unit for one door of their community."""
    doors = list(_doors(tables))
    yield from _repeated(doors, "device", lambda community_id, device: device)
    yield from _repeated(doors, "name", lambda community_id, name: (community_id, name))
    yield from _repeated(doors, "unit", lambda community_id, unit: (community_id, unit_key(unit)))


def _doors(tables: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    for community_id, table in tables.items():
        doors = table.get("doors") if isinstance(table, dict) else None
        for number, door in enumerate(doors if isinstance(doors, list) else []):
            if isinstance(door, dict):
                yield ("community", community_id, "doors", number), door


def _repeated(doors: list[tuple[Place, dict[str, Any]]], key: str, identity: Callable[[Any, str], Any]) -> Iterator[_Problem]:
    first: dict[Any, Place] = {}
    for at, door in doors:
        if isinstance(door.get(key), str):
            taken_at = first.setdefault(identity(at[1], door[key]), at)
            if taken_at != at:
                yield (*at, key), f"The same {key} as {shown_place(taken_at)}; it must stand for one door only."


def shown_place(path: Place) -> str:
    """A place in the file for people: `community alder: doors[1].device`."""
    if len(path) < 2 or path[0] != "community":
        return ".".join(shown_key(str(one)) for one in path)
    inside = "".join(f"[{one}]" if isinstance(one, int) else f".{shown_key(one)}" for one in path[2:]).removeprefix(".")
    return f"community {shown_key(str(path[1]))}" + (f": {inside}" if inside else "")
