"""What can go wrong with the database."""


class StoreError(Exception):
    """The database cannot do what was asked."""


class StoreUnavailable(StoreError):
    """The database is busy or out of reach; the same request may work in a moment."""


class DatabaseTooNew(StoreError):
    """The database was migrated by a newer version of the product."""


class OtherPartners(StoreError):
    """The database was filled with other partners than those it is now used with."""
