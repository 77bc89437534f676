"""One database with its tables: use cases open a block to read or write in."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from vendor_app.store.engine.database import OF_A_JOB, Database, Wait, open_database
from vendor_app.store.engine.interface import News
from vendor_app.store.tables import Tables


class Store:
    """`database` is the engine behind it, which says what a transaction may rely on."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @contextmanager
    def read(self) -> Iterator[Tables]:
        """For single reads; each sees what is committed at that moment. Raises StoreUnavailable."""
        with self.database.read() as connection:
            yield Tables(connection)

    @contextmanager
    def transaction(self) -> Iterator[Tables]:
        """Committed when the block ends, undone when it raises. Raises StoreUnavailable, StoreError."""
        with self.database.transaction() as connection:
            yield Tables(connection)

    @contextmanager
    def inbox(self) -> Iterator[Tables]:
        """The same, to keep what a partner tells us: it waits less, for a partner repeats what we refuse."""
        with self.database.inbox() as connection:
            yield Tables(connection)

    def news(self) -> AbstractContextManager[News]:
        """Listen to what transactions announce. Raises StoreUnavailable."""
        return self.database.news()

    def migrate(self) -> list[str]:
        """Bring the schema up to date; the names of what was applied. Raises DatabaseTooNew."""
        return self.database.migrate()

    def is_current(self) -> bool:
        """Whether the database has every migration. Raises StoreUnavailable when it does not answer."""
        return self.database.is_current()

    def prepare(self, migrate: Callable[[], object]) -> None:
        """Run `migrate`, now or as soon as the database answers; see the engine's interface."""
        self.database.prepare(migrate)

    def close(self) -> None:
        """Give the connections back: all of the pool, or the calling thread's."""
        self.database.close()


def open_store(url: str, pool_size: int = 8, wait: Wait = OF_A_JOB) -> Store:
    """The database at this address, as open_database has it; nothing is contacted yet."""
    return Store(open_database(url, pool_size, wait))
