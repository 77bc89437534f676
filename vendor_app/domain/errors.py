"""What the rules refuse."""


class DomainError(Exception):
    """A rule of the domain says no."""


class WrongState(DomainError):
    """A tour cannot go from the state it is in to the state asked for."""
