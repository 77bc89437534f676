"""From SQLite to PostgreSQL, once, when one machine no longer suffices: everything or nothing.

1. PostgreSQL's side is one transaction, the migrations included, which nobody else can write beside: an end at any point
   leaves it as it was. SQLite's side is one snapshot that cannot be written.
2. Which tables and columns there are is asked of both databases, never listed here: what one has and the other has not is
   refused, so that a table of a later migration cannot be left behind.
3. Every row is converted by the engines' interface, and every table is then read back from PostgreSQL and compared.

A table's checksum is the sum of its rows' SHA-256, so that the order in which an engine returns rows does not matter.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from graphlib import TopologicalSorter
from hashlib import sha256
from typing import Any

from vendor_app.store.engine.database import POSTGRES_SCHEMES, SQLITE_SCHEME, Connection, Row
from vendor_app.store.engine.migrations import HISTORY, refuse_newer
from vendor_app.store.engine.postgres import PostgresConnection, PostgresDatabase
from vendor_app.store.engine.sqlite import SqliteDatabase
from vendor_app.store.errors import StoreError
from vendor_app.store.partners import forget_same_partners, remembered_partners


@dataclass(frozen=True)
class CopiedTable:
    """A table that is the same on both sides."""

    name: str
    rows: int
    checksum: str


def copy_to_postgres(from_url: str, to_url: str) -> list[CopiedTable]:
    """Copy the SQLite database at `from_url` into the empty PostgreSQL at `to_url`; committed when it returns.

    Raises StoreError, with nothing changed at `to_url`, when either is not what it should be, when a table read back differs,
    and when somebody wrote to the source meanwhile. No message tells the URL of PostgreSQL.
    """
    if not from_url.startswith(SQLITE_SCHEME):
        raise StoreError(f"FROM must be {SQLITE_SCHEME}path")
    if not to_url.startswith(POSTGRES_SCHEMES):
        raise StoreError("TO must be postgresql://user:password@host:port/database")
    source, target = SqliteDatabase(from_url.removeprefix(SQLITE_SCHEME)), PostgresDatabase(to_url, 1)
    # The snapshot ends first: when it finds that it was not the whole, there is still a transaction to undo.
    with target.long_transaction() as new, source.snapshot() as old:
        _refuse_unmigrated(old)
        _make_ready(new, old)
        copied = [_copy_table(old, new, name) for name in _in_order(new)]
        _continue_numbers(new)
    return copied


def _refuse_unmigrated(old: Connection) -> None:
    applied = old.applied()
    refuse_newer(applied, "FROM")
    if missing := HISTORY.keys() - applied:
        raise StoreError(f"FROM lacks migrations ({', '.join(sorted(missing))}): run `make migrate` on it first")


def _make_ready(new: PostgresConnection, old: Connection) -> None:
    """Bring the target to the shape of the source, alone in it; refuse it when it is not an empty one of ours."""
    ours, applied = old.tables(), new.applied()
    refuse_newer(applied, "TO")
    # Without our list of migrations even a table called `tours` is somebody else's.
    if foreign := new.tables().keys() - (ours.keys() if applied else set()):
        raise StoreError(f"TO has tables that are not ours ({', '.join(sorted(foreign))}): give an empty database")
    new.migrate()
    _refuse_other_shape(ours, new.tables())
    new.execute(f"LOCK TABLE {', '.join(_quoted(name) for name in ours)} IN EXCLUSIVE MODE")
    forget_same_partners(new, remembered_partners(old))
    if filled := [name for name in ours if new.query(f"SELECT 1 AS found FROM {_quoted(name)} LIMIT 1")]:
        raise StoreError(f"TO is not empty ({', '.join(sorted(filled))}): give an empty database")


def _refuse_other_shape(old: dict[str, set[str]], new: dict[str, set[str]]) -> None:
    if other := [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]:
        raise StoreError(f"FROM and TO have not the same columns in {', '.join(other)}: was something added by hand?")


def _in_order(new: PostgresConnection) -> Iterable[str]:
    """All tables, each after those it refers to."""
    before: dict[str, set[str]] = {name: set() for name in sorted(new.tables())}
    for row in new.query(
        """SELECT mine.relname AS table_name, other.relname AS refers_to FROM pg_constraint AS c
           JOIN pg_class AS mine ON mine.oid = c.conrelid JOIN pg_class AS other ON other.oid = c.confrelid
           JOIN pg_namespace AS s ON s.oid = mine.relnamespace
           WHERE c.contype = 'f' AND s.nspname = current_schema() AND mine.oid <> other.oid"""
    ):
        before[row["table_name"]].add(row["refers_to"])
    return TopologicalSorter(before).static_order()


def _copy_table(old: Connection, new: PostgresConnection, name: str) -> CopiedTable:
    columns = sorted(new.tables()[name])
    everything = f"SELECT {', '.join(_quoted(column) for column in columns)} FROM {_quoted(name)}"
    read, written = _Sum(), _Sum()
    try:
        new.insert_all(name, columns, read.along(old.stream(everything)))
    except StoreError as error:
        raise StoreError(f"the table {name} cannot be copied: {error}") from error
    for row in new.stream(everything):
        written.add(row)
    if (read.rows, read.checksum) != (written.rows, written.checksum):
        raise StoreError(
            f"the table {name} is not the same in TO: {read.rows} rows with checksum {read.checksum[:12]} were read, "
            f"{written.rows} with {written.checksum[:12]} arrived; nothing was copied"
        )
    return CopiedTable(name, read.rows, read.checksum)


def _continue_numbers(new: PostgresConnection) -> None:
    """Let what PostgreSQL counts up itself go on after the highest number there is."""
    for row in new.query(
        """SELECT table_name, column_name FROM information_schema.columns
           WHERE table_schema = current_schema() AND is_identity = 'YES'"""
    ):
        table, column = _quoted(row["table_name"]), _quoted(row["column_name"])
        new.query(
            f"""SELECT setval(pg_get_serial_sequence(:table_name, :column_name), coalesce(max({column}), 0) + 1, false)
                FROM {table}""",
            table_name=table,
            column_name=row["column_name"],
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class _Sum:
    """Counts and adds up the rows that pass."""

    def __init__(self) -> None:
        self.rows = 0
        self._total = 0

    def along(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            self.add(row)
            yield row

    def add(self, row: Row) -> None:
        self.rows += 1
        self._total += int.from_bytes(sha256(_canonical_row(row)).digest())

    @property
    def checksum(self) -> str:
        return f"{self._total % 2**256:064x}"


def _canonical_row(row: Row) -> bytes:
    # A column's boolean is a number in SQLite; within JSON the two stay apart.
    told = {name: _canonical(int(value) if isinstance(value, bool) else value) for name, value in row.items()}
    return json.dumps(told, sort_keys=True).encode()


def _canonical(value: Any) -> Any:
    """The value as JSON of one spelling, whichever engine returned it."""
    match value:
        case bool() | str() | None:
            return value
        case int() | float():
            return {"number": _number(value)}
        case datetime():
            return {"time": value.astimezone(UTC).isoformat(timespec="microseconds")}
        case bytes() | memoryview():
            return {"bytes": bytes(value).hex()}
        case dict():
            return {"object": {name: _canonical(inner) for name, inner in value.items()}}
        case list():
            return [_canonical(inner) for inner in value]
    raise StoreError(f"no column holds a {type(value).__name__}")


def _number(value: float) -> str:
    """Without exponent, trailing zeros and the sign of zero: jsonb keeps 1e16 as 10000000000000000 and -0.0 as 0.0."""
    digits = format(Decimal(repr(value)), "f")
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "0" if digits == "-0" else digits
