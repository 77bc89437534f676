"""Unit names are compared ignoring case and spaces (Self-Guided Appointment API, "Visit Event Creation")."""

from collections.abc import Iterable


def squashed(name: str) -> str:
    """The form in which two spellings of one unit are equal."""
    return "".join(name.split()).casefold()


def known_units(names: Iterable[str], units: Iterable[str]) -> list[str]:
    """The community's own names of the units meant; unknown ones are ignored."""
    by_spelling = {squashed(unit): unit for unit in units}
    return list(dict.fromkeys(by_spelling[squashed(name)] for name in names if squashed(name) in by_spelling))
