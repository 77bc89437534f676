"""The history of the schema, one for both engines, in the SQL they share. Never change what has been released: add.

Two words each engine has its own for: `{generated_id}`, a number it counts up itself as the primary key, and `{json}`.
Source titles are bytes: they must come back exactly as they came, NUL included, which PostgreSQL text refuses.
"""

from vendor_app.store.engine.migrations import m001, m002, m003, m004, m005, m006, m007
from vendor_app.store.errors import DatabaseTooNew

HISTORY = {one.NAME: one.SQL for one in (m001, m002, m003, m004, m005, m006, m007)}


def refuse_newer(applied: set[str], database: str) -> None:
    """Raise DatabaseTooNew when migrations were applied that this version does not know."""
    if unknown := applied - HISTORY.keys():
        raise DatabaseTooNew(
            f"{database} has migrations this version does not know ({', '.join(sorted(unknown))}): "
            "start the newer version of the product, or restore a backup from before it"
        )
