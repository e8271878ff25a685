"""The rules once more, written independently and without regard for speed.

Works on the input object with numbers as decimal text; reads the printed tables as closed rows of text; answers
what is unknown by trying out every possibility.
"""

from decimal import ROUND_DOWN, Decimal
from itertools import product
from typing import Any

ABLE_TO_TELL = ("tried_unable", "not_unassisted", "assessor_unsafe", "participant_unsafe")

GAIT_ROWS = (("0.00", "4.81", 4), ("4.82", "6.20", 3), ("6.21", "8.70", 2), ("8.71", "9999999.99", 1))
CHAIR_ROWS = (
    ("0.00", "11.19", 4),
    ("11.20", "13.69", 3),
    ("13.70", "16.69", 2),
    ("16.70", "60.00", 1),
    ("60.01", "9999999.99", 0),
)
WALK_6M_ROWS = (("0.00", "5.99", "D"), ("6.00", "7.49", "C"), ("7.50", "12.00", "B"), ("12.01", "9999999.99", "A"))
CATEGORY_OF_TOTAL = "AAAABBBCCCDDD"


def shown(time: str) -> Decimal:
    """What a stopwatch with two decimals shows."""
    return Decimal(time).quantize(Decimal("0.01"), rounding=ROUND_DOWN)


def look_up(rows: tuple[tuple[str, str, Any], ...], time: str) -> Any:
    (found,) = [value for low, high, value in rows if Decimal(low) <= shown(time) <= Decimal(high)]
    return found


def unable(part: Any) -> Any:
    return part.get("unable") if isinstance(part, dict) else None


def balance(part: Any) -> tuple[int | None, list[str]]:
    if part is None:
        return None, []
    if unable(part):
        return 0, []
    names = ("side_by_side", "semi_tandem", "tandem")
    holds = {name: part.get(name) for name in names}
    held = {n: isinstance(v, str) and shown(v) == Decimal("10.00") for n, v in holds.items()}
    failed = [n for n in names if holds[n] is not None and not held[n]]
    after = names[names.index(failed[0]) + 1 :] if failed else ()
    notes = [f"{n}:later_stance_after_failed" for n in after if isinstance(holds[n], str)]
    counted = [n for n in names if n not in after]
    if any(holds[n] is None for n in counted):
        return None, notes
    points = sum(held[n] for n in counted) + held["tandem"] * ("tandem" in counted)
    if "tandem" in counted and not held["tandem"] and isinstance(holds["tandem"], str):
        points += shown(holds["tandem"]) >= Decimal("3.00")
    return points, notes


def fastest(part: Any, trials: int) -> str:
    times: list[str] = part["times_s"]
    return min(times[:trials], key=Decimal)


def counted_notes(name: str, part: Any, trials: int) -> list[str]:
    if part is None or unable(part) or len(part["times_s"]) == trials:
        return []
    return [f"{name}:{'fewer_trials' if len(part['times_s']) < trials else 'surplus_trials_ignored'}"]


def over(part: Any, limit: str, time: str | None) -> bool | None:
    if part is None:
        return None
    if unable(part):
        return True if unable(part) in ABLE_TO_TELL else None
    assert time is not None
    return shown(time) > Decimal(limit)


def fell(last_year: int | None, care: bool | None) -> bool | None:
    """Try every answer that could have been given."""
    possible = {
        n >= 2 or c
        for n, c in product(range(5) if last_year is None else (last_year,), (True, False) if care is None else (care,))
        if not (n == 0 and c)
    }
    return possible.pop() if len(possible) == 1 else None


def sppb(document: dict[str, Any]) -> dict[str, Any]:
    walk, rises = document.get("walk_4m"), document.get("chair")
    trials = {"vivifrail": 3, "nia": 2}[document.get("rules", "vivifrail")]
    parts = {
        "balance": balance(document.get("stances"))[0],
        "gait": None if walk is None else 0 if unable(walk) else look_up(GAIT_ROWS, fastest(walk, trials)),
        "chair": None if rises is None else 0 if unable(rises) else look_up(CHAIR_ROWS, rises["time_s"]),
    }
    totals = [sum(choice) for choice in product(*[range(5) if p is None else (p,) for p in parts.values()])]
    return {**parts, "total": None if None in parts.values() else totals[0], "total_range": [min(totals), max(totals)]}


def fall_signs(document: dict[str, Any]) -> dict[str, bool | None]:
    tug, six = document.get("tug"), document.get("walk_6m")
    return {
        "falls": fell(document.get("falls_last_year"), document.get("fall_needed_care")),
        "tug": over(tug, "20.00", None if tug is None or unable(tug) else tug["time_s"]),
        "walk_6m": over(six, "7.50", None if six is None or unable(six) else fastest(six, 2)),
        "cognition": document.get("cognitive_impairment"),
    }


def category(total: int | None, six: Any) -> tuple[str | None, str | None]:
    if total is not None:
        return CATEGORY_OF_TOTAL[total], "sppb"
    if six is None or (unable(six) and unable(six) not in ABLE_TO_TELL):
        return None, None
    return "A" if unable(six) else look_up(WALK_6M_ROWS, fastest(six, 2)), "walk_6m"


def deviations(document: dict[str, Any]) -> list[str]:
    trials = {"vivifrail": 3, "nia": 2}[document.get("rules", "vivifrail")]
    return [
        *(["age_years:under_age_limit"] if document.get("age_years", 70) < 70 else []),
        *balance(document.get("stances"))[1],
        *counted_notes("walk_4m", document.get("walk_4m"), trials),
        *counted_notes("walk_6m", document.get("walk_6m"), 2),
    ]


def expected(document: dict[str, Any]) -> dict[str, Any]:
    """The score of an input object whose numbers of seconds are text."""
    points, signs = sppb(document), fall_signs(document)
    risks = {any(choice) for choice in product(*[(True, False) if s is None else (s,) for s in signs.values()])}
    letter, source = category(points["total"], document.get("walk_6m"))
    programmes = {f"{letter}{'+' * (risk and letter in ('B', 'C'))}" for risk in risks}
    codes = set(document.get("contraindications", ()))
    return {
        "id": document.get("id"),
        "rules": document.get("rules", "vivifrail"),
        "rules_version": "1.0",
        "sppb": points,
        "category": letter,
        "category_from": source,
        "fall_risk": risks.pop() if len(risks) == 1 else None,
        "fall_risk_because": [name for name, sign in signs.items() if sign],
        "programme": programmes.pop() if letter and len(programmes) == 1 else None,
        "withheld": ["all"] if codes - {"recent_fracture"} else ["strength"] if codes else [],
        "deviations": deviations(document),
    }
