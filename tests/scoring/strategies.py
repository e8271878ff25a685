"""Random assessments of the contract, with times crowded about the edges."""

from typing import Any

from hypothesis import strategies as st

from rig.scoring.vocabulary import Contraindication, Osteoporosis, UnableReason

NAMED_S = (0, 3, 4.82, 6, 6.2, 6.21, 7.5, 8.7, 8.71, 10, 11.19, 11.2, 12, 13.69, 13.7, 16.69, 16.7, 20, 60)


def seconds(least: str, most: str) -> st.SearchStrategy[str]:
    """Decimal text with seven decimals: one more than the clock has."""
    low, high = (int(float(text) * 10_000_000) for text in (least, most))
    near = st.tuples(st.sampled_from(NAMED_S), st.integers(-200_000, 200_000)).map(
        lambda pair: min(max(round(pair[0] * 10_000_000) + pair[1], low), high)
    )
    return st.one_of(near, st.integers(low, high)).map(lambda n: f"{n // 10_000_000}.{n % 10_000_000:07d}")


REASON = st.sampled_from([reason.value for reason in UnableReason])
UNABLE = REASON.map(lambda reason: {"unable": reason})
STANCE = st.one_of(st.just("10"), seconds("0", "10"), UNABLE)
STANCES = st.one_of(
    UNABLE,
    st.dictionaries(st.sampled_from(["side_by_side", "semi_tandem", "tandem"]), STANCE, min_size=1),
)


def walks(least: str) -> st.SearchStrategy[dict[str, Any]]:
    times = st.lists(seconds(least, "30"), min_size=1, max_size=5).map(lambda found: {"times_s": found})
    return st.one_of(UNABLE, times)


def timed(most: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(UNABLE, seconds("2.5", most).map(lambda time: {"time_s": time}))


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """An input object that is taken, with seconds as text."""
    optional: dict[str, st.SearchStrategy[Any]] = {
        "rules": st.sampled_from(["vivifrail", "nia"]),
        "stances": STANCES,
        "walk_4m": walks("0.8"),
        "chair": timed("70"),
        "tug": timed("40"),
        "walk_6m": walks("1.2"),
        "falls_last_year": st.integers(0, 4),
        "fall_needed_care": st.booleans(),
        "cognitive_impairment": st.booleans(),
        "age_years": st.integers(50, 110),
        "contraindications": st.lists(st.sampled_from([code.value for code in Contraindication]), max_size=3),
        "osteoporosis": st.sampled_from([severity.value for severity in Osteoporosis]),
    }
    found = {"id": "p", **draw(st.fixed_dictionaries({}, optional=optional))}
    if found.get("falls_last_year") == 0:
        found.pop("fall_needed_care", None)
    return found


def as_numbers(value: Any) -> Any:
    """Mark every decimal text so that it is written as a bare number."""
    if isinstance(value, dict):
        return {key: value[key] if key in ("id", "rules", "unable") else as_numbers(value[key]) for key in value}
    if isinstance(value, list):
        return [as_numbers(item) for item in value]
    return f"@{value}" if isinstance(value, str) and value[0].isdigit() else value
