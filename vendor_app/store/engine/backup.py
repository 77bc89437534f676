"""A copy of a SQLite database that is in use, proven to be whole before it has its name.

1. Everything is read in one transaction: the copy is the database at one instant, whoever writes meanwhile.
2. The copy is opened again, checked by SQLite, and its tables' rows are counted and compared with the source's.
3. Only then it gets its name. A copy that was not finished never looks like one that was, and nothing is overwritten.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import sqlite_utils

from vendor_app.domain import Partner
from vendor_app.store.engine import private
from vendor_app.store.engine.database import SQLITE_SCHEME
from vendor_app.store.engine.sqlite import SqliteConnection
from vendor_app.store.errors import StoreError
from vendor_app.store.partners import TABLE, refuse_others


def back_up(url: str, to: Path, partners: Mapping[Partner, str]) -> dict[str, int]:
    """Copy the SQLite database at `url` to a new file, readable by its owner only; the rows of each table.

    Raises StoreError, with no file at `to`, when it cannot be done, and OtherPartners when it is not these partners' database.
    """
    if not url.startswith(SQLITE_SCHEME):
        raise StoreError("`make backup` copies SQLite databases only: PostgreSQL's own tool is pg_dump")
    _refuse_place(to)
    unfinished = to.with_name(f"{to.name}.{os.getpid()}.unfinished")
    try:
        with _reading(Path(url.removeprefix(SQLITE_SCHEME))) as source:
            source.engine.conn.execute("BEGIN")
            tables = _count_rows(source)
            if TABLE in tables:
                refuse_others(source, partners)
            private.make_file(unfinished)
            with closing(sqlite3.connect(unfinished)) as copy:
                source.engine.conn.backup(copy)
        _verify(unfinished, tables)
        _give_name(unfinished, to)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"nothing was backed up to {to}: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return tables


def _refuse_place(to: Path) -> None:
    if to.exists() or to.is_symlink():
        raise StoreError(f"{to} is there already: a backup overwrites nothing")
    if not to.parent.is_dir():
        raise StoreError(f"there is no folder {to.parent}")


@contextmanager
def _reading(path: Path, query: str = "mode=ro") -> Iterator[SqliteConnection]:
    """The database, opened so that it cannot be written."""
    if not path.is_file():
        raise StoreError(f"there is no database at {path}")
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{query}", uri=True)) as opened:
        yield SqliteConnection(sqlite_utils.Database(opened))


def _count_rows(db: SqliteConnection) -> dict[str, int]:
    names = [row["name"] for row in db.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {name: db.query(f'SELECT count(*) AS n FROM "{name}"')[0]["n"] for name in names}


def _verify(copy: Path, tables: Mapping[str, int]) -> None:
    with _reading(copy, "mode=ro&immutable=1") as db:
        found = [row["integrity_check"] for row in db.query("PRAGMA integrity_check")]
        if found != ["ok"]:
            raise StoreError(f"the copy is damaged, and so may the database be; nothing was kept: {found[0]}")
        if (arrived := _count_rows(db)) != tables:
            other = sorted(name for name in {*arrived, *tables} if arrived.get(name) != tables.get(name))
            raise StoreError(f"the copy has not the same rows in {', '.join(other)}; nothing was kept")


def _give_name(unfinished: Path, to: Path) -> None:
    """Give the finished copy its name, its content being on the disk; fails if another file has taken the name meanwhile."""
    _flush(unfinished)
    to.hardlink_to(unfinished)
    _flush(to.parent)


def _flush(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
