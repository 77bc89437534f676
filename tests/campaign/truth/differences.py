"""A difference between the two sides."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Difference:
    """`row` is the line of the table it counts in, `subject` a tour's id where there is one."""

    row: str
    subject: str
    what: str
