"""Reference values by age and sex, as printed by their sources; a table is no limit of health.

Each source stands with its country: people differ between countries, and how a clock is started and stopped differs
between studies, so a place among others is a hint and no result.
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal, TypeAlias

Sex: TypeAlias = Literal["f", "m"]
Quarter: TypeAlias = Literal[1, 2, 3, 4]
"""1: among the weakest quarter of those measured, 4: among the strongest."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures come from: study, country (ISO 3166) and people measured, and where it can be read.

    A review gathers many countries and numbers: None.
    """

    study: str
    reference: str
    country: str | None = None
    people: int | None = None


TROMSO = Source("Tromsø", "doi:10.1186/s12877-019-1234-8", "NO", 7474)
FRADEA = Source("FRADEA", "PMC7025936", "ES", 993)
BOHANNON = Source("Bohannon", "2006")
SOURCES = (TROMSO, FRADEA, BOHANNON)


@dataclass(frozen=True, slots=True)
class ItemMeans:
    """Mean points of the SPPB's items; None where the source prints none."""

    balance: float
    gait: float
    chair: float | None


TROMSO_AGES = (60, 70, 75, 80)
"""First age of each row; the last one is open."""
TROMSO_MEANS: dict[Sex, tuple[ItemMeans, ...]] = {
    "m": (
        ItemMeans(3.91, 3.96, 3.78),
        ItemMeans(3.83, 3.90, 3.65),
        ItemMeans(3.69, 3.76, 3.39),
        ItemMeans(3.45, 3.64, 3.04),
    ),
    "f": (
        ItemMeans(3.89, 3.92, 3.60),
        ItemMeans(3.71, 3.82, 3.27),
        ItemMeans(3.52, 3.65, 3.08),
        ItemMeans(3.19, 3.55, None),
    ),
}


def item_means(age_years: int, sex: Sex) -> ItemMeans | None:
    """Mean points of people of the same age and sex (Tromsø, Norway); None under 60."""
    row = bisect_right(TROMSO_AGES, age_years)
    return None if row == 0 else TROMSO_MEANS[sex][row - 1]


def age_group(age_years: int) -> tuple[int, int | None] | None:
    """First and last age of the row that `item_means` reads; the last row is open."""
    row = bisect_right(TROMSO_AGES, age_years)
    if row == 0:
        return None
    return TROMSO_AGES[row - 1], (*(age - 1 for age in TROMSO_AGES[1:]), None)[row - 1]


FRADEA_FROM_YEARS = 70


@dataclass(frozen=True, slots=True)
class Quartiles:
    """The values that part those measured into four quarters, from the weakest to the strongest.

    For times the weakest have the largest, so the three may fall.
    """

    weak: float
    median: float
    strong: float

    def quarter(self, value: float) -> Quarter:
        """Which quarter a value lies in; on a border it counts to the stronger side."""
        rising = self.strong > self.weak
        passed = sum(value >= edge if rising else value <= edge for edge in (self.weak, self.median, self.strong))
        quarters: tuple[Quarter, ...] = (1, 2, 3, 4)
        return quarters[passed]


FRADEA_QUARTILES = {
    "total": Quartiles(7, 9, 11),
    "gait_speed": Quartiles(0.51, 0.79, 1.00),
    "chair": Quartiles(16.3, 13.0, 10.7),
    "tug": Quartiles(13.8, 11.4, 9.8),
}
"""People of 70 and over: points, m/s, s, s."""

BOHANNON_AGES = (60, 70, 80, 90)
BOHANNON_LIMITS_S = (11.4, 12.6, 14.8)


def five_sits_limit_s(age_years: int) -> float | None:
    """Upper limit of an average time of five rises in the sixties, seventies and eighties; None at other ages.

    Timed to the fifth seat contact, about 1.4 s later than the SPPB's fifth stand.
    """
    row = bisect_right(BOHANNON_AGES, age_years)
    return BOHANNON_LIMITS_S[row - 1] if 0 < row < len(BOHANNON_AGES) else None
