"""A database serves one set of partners: it stores their addresses, and is not used with others.

1. The stored addresses are compared with the settings before anything else is done to the database, migrations included.
2. Addresses of partners it does not know yet are stored: all at first, and later each that is newly connected. A partner that
   is not configured any more stays stored.
3. Ids are valid at one address only: another is refused. Only a lock system's may be changed (usecases/operators/move_lock.py),
   because a database without live grants holds no id of it.
"""

import logging
from collections.abc import Mapping

from vendor_app.domain import LOCK_SYSTEMS, Partner
from vendor_app.store.engine.database import Connection, Database
from vendor_app.store.errors import OtherPartners

log = logging.getLogger(__name__)

TABLE = "partners"


def migrate_for_partners(db: Database, partners: Mapping[Partner, str]) -> list[str]:
    """Migrate the database and store its partners' addresses (normalised); the migrations applied.

    Raises OtherPartners, with nothing changed, when it was filled with others.
    """
    db.make_private()
    with db.transaction() as tx:
        if TABLE in tx.tables():
            refuse_others(tx, partners)
    applied = db.migrate()
    with db.transaction() as tx:
        lock_partners(tx)  # two that start at once on a new database, each with other partners
        refuse_others(tx, partners)
        _remember_new(tx, partners)
    return applied


def move_all_partners(db: Database, before: Mapping[Partner, str], now: Mapping[Partner, str]) -> None:
    """Change all stored addresses from `before` to `now`, if they are `before`; for the sandbox, whose port may change."""
    with db.transaction() as tx:
        if TABLE in tx.tables() and remembered_partners(tx) == before:
            for partner, address in now.items():
                move_partner(tx, partner, address)


def remembered_partners(db: Connection) -> dict[Partner, str]:
    """The stored address of each partner; without partners that only a newer version knows."""
    addresses = {row["name"]: row["url"] for row in db.query(f"SELECT name, url FROM {TABLE}")}
    return {one: addresses[one] for one in Partner if one in addresses}


def refuse_others(db: Connection, partners: Mapping[Partner, str]) -> None:
    """Raise OtherPartners when one of them has another address than the stored one."""
    known = remembered_partners(db)
    other = [one for one in partners if known.get(one, partners[one]) != partners[one]]
    if not other:
        return
    told = "; ".join(f"{one} at {known[one]}, and {one.setting} says {partners[one]}" for one in other)
    moved = " If it is a lock system that has moved: `make move-lock`." if set(other) <= set(LOCK_SYSTEMS) else ""
    raise OtherPartners(f"this database was filled with {told}. Use another VENDOR_DATABASE_URL, or set the address back.{moved}")


def lock_partners(tx: Connection) -> None:
    """Let nobody else store partners before the transaction ends."""
    tx.lock(TABLE)


def move_partner(tx: Connection, partner: Partner, address: str) -> None:
    """Store another address; the caller has made sure that nothing of ours is left at the old one."""
    tx.execute(f"UPDATE {TABLE} SET url = :url WHERE name = :name", name=partner, url=address)


def forget_same_partners(tx: Connection, partners: Mapping[Partner, str]) -> None:
    """Delete the stored partners, if all of them are among these."""
    if remembered_partners(tx).items() <= partners.items():
        tx.execute(f"DELETE FROM {TABLE}")


def _remember_new(tx: Connection, partners: Mapping[Partner, str]) -> None:
    known = remembered_partners(tx)
    new = {one: address for one, address in partners.items() if one not in known}
    for one, address in new.items():
        tx.execute(f"INSERT INTO {TABLE} (name, url) VALUES (:name, :url)", name=one, url=address)
    if not new:
        return
    told = ", ".join(f"{one} at {address}" for one, address in new.items())
    if not known and tx.one("SELECT 1 AS found FROM tours LIMIT 1"):
        log.warning("this database did not remember its partners, and has tours: from now on it is used with %s only", told)
    else:
        log.info("from now on this database is used with %s only", told)
