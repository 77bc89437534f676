"""Stores the operator's rules file, a table a community, and reports what it changes and what may be a mistake in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.community_rules import WEEKDAYS, CommunityTable
from vendor_app.config import Config
from vendor_app.domain import Channel
from vendor_app.domain.differences import differences, shown_key
from vendor_app.store import Store, Tables
from vendor_app.usecases.communities.rules_file import TomlTables, read_rules_file

_table = CommunityTable()


@dataclass(frozen=True)
class RulesChange:
    """What a file changes, a line each, and what about it may be a mistake."""

    changes: list[str]
    warnings: list[str]


def load_rules_file(
    db: Store,
    config: Config,
    content: bytes,
    now: datetime,
    *,
    dry_run: bool = False,
) -> RulesChange:
    """Store the file's rules in one transaction, and delete those of communities it does not name. `dry_run` changes nothing.

    Raises RulesRefused, and nothing is changed, when anything in the file is wrong.
    """
    tables = read_rules_file(content, config)
    with db.read() if dry_run else db.transaction() as connection:
        connection.community_rules.lock_all()
        before = connection.community_rules.list_all()
        change = RulesChange(_changes(before, tables), [*_not_listed(connection, tables), *_without_tour_type(tables)])
        if not dry_run:
            _store(connection, before, tables, now)
    return change


def _store(tx: Tables, before: TomlTables, after: TomlTables, now: datetime) -> None:
    for community_id, table in after.items():
        if table != before.get(community_id):
            tx.community_rules.keep(community_id, table.get("enabled", True), table, now)
    for community_id in before.keys() - after.keys():
        tx.community_rules.drop(community_id)
    tx.doors.replace(((one, door) for one, table in after.items() for door in _table.load(table).get("doors", ())))


def _changes(before: TomlTables, after: TomlTables) -> list[str]:
    lines: list[str] = []
    for community_id, table in after.items():
        if community_id not in before:
            lines.append(f"community {shown_key(community_id)}: new{_keys(', with ', table)}")
            continue
        lines += [f"community {shown_key(community_id)}: {line}" for line in _differences(before[community_id], table)]
    gone = [one for one in before if one not in after]
    return lines + [f"community {shown_key(one)}: back to the defaults{_keys(', without ', before[one])}" for one in gone]


def _keys(word: str, table: Mapping[str, Any]) -> str:
    return word + ", ".join(key for key in _table.fields if key in table) if table else ""


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    lines = differences(_comparable(before), _comparable(after), absent="(default)")
    return lines or (["doors: in another order"] if before.get("doors", []) != after.get("doors", []) else [])


def _comparable(table: dict[str, Any]) -> dict[str, Any]:
    """Hours by day and doors by name, so that only the day or the door that differs is shown."""
    hours = {"hours": {day: table["hours"].get(day, "closed") for day in WEEKDAYS}} if "hours" in table else {}
    doors = {door["name"]: {key: value for key, value in door.items() if key != "name"} for door in table.get("doors", [])}
    return {**table, **hours, "doors": doors}


def _not_listed(db: Tables, tables: TomlTables) -> list[str]:
    """Warnings about communities that Knock does not list: not there yet, not ours any more, or misspelt."""
    listed = {one.community_id for one in db.communities.list_all() if not one.gone_at}
    return [f"community {shown_key(one)}: Knock does not list it (yet)" for one in tables if one not in listed]


def _without_tour_type(tables: TomlTables) -> list[str]:
    """Warnings about Propexo communities without a tour_type: Propexo then books its own default, which is not documented."""
    unset = [
        one for one, table in tables.items() if table.get("channel") == Channel.PROPEXO and not table["propexo"].get("tour_type")
    ]
    return [f"community {shown_key(one)}: propexo.tour_type is not set: Propexo may book another kind of tour" for one in unset]
