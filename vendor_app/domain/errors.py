"""The errors of the domain."""


class DomainError(Exception):
    """A rule of the domain was broken."""


class WrongState(DomainError):
    """A tour cannot go from the state it is in to the state asked for."""
