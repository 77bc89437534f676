"""The table that is printed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line: what the product reached, its floor, and the goal. Where there is no floor, `product` is the median."""

    name: str
    product: str
    floor: str = ""
    ratio: str = ""
    spread: str = ""
    goal: str = ""
    cpu: str = ""

    def __str__(self) -> str:
        return (
            f"{self.name:<16} {self.product:>9} {self.floor:>8} {self.ratio:>6} {self.spread:>15} {self.goal:>15} {self.cpu:>18}"
        ).rstrip()


HEADING = str(Row("path", "product", "floor", "ratio", "spread", "goal", "CPU, its floor's"))
