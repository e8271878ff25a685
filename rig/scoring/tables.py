"""The printed tables as data.

Times are whole microseconds and are truncated to whole centiseconds once, here, just before a table is read, as
a digital stopwatch shows them. Every printed table is so a row of gap-free half-open intervals (rules section 1).
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Generic, TypeVar

from rig.scoring.vocabulary import Category, RuleSet

RULES_VERSION = "1.0"
"""Changes whenever any table or rule of this package changes a result."""

CENTISECOND_US = 10_000

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """Rows between ascending edges.

    Attributes
    ----------
    edges
        The first key of every row but the first, ascending; centiseconds, or points for `CATEGORY_BY_TOTAL`.
    rows
        One more than there are edges: row `i` holds for keys in ``[edges[i - 1], edges[i])``.
    """

    edges: tuple[int, ...]
    rows: tuple[Row, ...]

    def at(self, key: int) -> Row:
        """Read the row that holds for a key."""
        return self.rows[bisect_right(self.edges, key)]

    def at_time(self, time_us: int) -> Row:
        """Read the row that holds for a time in microseconds, truncated to centiseconds first."""
        return self.at(time_us // CENTISECOND_US)


SIDE_BY_SIDE = Table((10_00,), (0, 1))
SEMI_TANDEM = Table((10_00,), (0, 1))
TANDEM = Table((3_00, 10_00), (0, 1, 2))
HELD = Table((10_00,), (False, True))
WALK_4M = Table((4_82, 6_21, 8_71), (4, 3, 2, 1))
CHAIR = Table((11_20, 13_70, 16_70, 60_01), (4, 3, 2, 1, 0))
TUG_OVER_LIMIT = Table((20_01,), (False, True))
WALK_6M_OVER_LIMIT = Table((7_51,), (False, True))
CATEGORY_BY_TOTAL = Table((4, 7, 10), (Category.A, Category.B, Category.C, Category.D))
CATEGORY_BY_WALK_6M = Table((6_00, 7_50, 12_01), (Category.D, Category.C, Category.B, Category.A))

STANCE_TABLES = (SIDE_BY_SIDE, SEMI_TANDEM, TANDEM)
"""In the order of difficulty."""

STANCE_LIMIT_US = 10_000_000
"""The rig stops a stance here; a longer hold is refused."""

PLAUSIBLE_FROM_US = {"walk_4m": 800_000, "walk_6m": 1_200_000, "chair": 2_500_000, "tug": 2_500_000}
"""Anything faster is a mistake of measurement and is refused (rules section 7)."""


def plausible_from_us(part: str) -> int:
    """The shortest time of a part that a person can reach; 0 where there is no limit (stances)."""
    return PLAUSIBLE_FROM_US.get(part, 0)


WALK_4M_TRIALS = {RuleSet.VIVIFRAIL: 3, RuleSet.NIA: 2}
WALK_6M_TRIALS = 2
HIGHEST_PART = 4
"""Points a missing part could still have brought."""

AGE_LIMIT_YEARS = 70
FALLS_LIMIT = 2
"""Falls in the last year that speak for a risk by themselves."""
