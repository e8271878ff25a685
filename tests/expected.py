"""What a session should score, straight from the virtual lab's truth: no pipeline, no `rig.scoring`.

The rules are written out a second time here, by hand and plainly, so that the fixtures' expectations do not
follow the code they check.
"""

from typing import Any

Truth = dict[str, Any]
STANCES = ("side_by_side", "semi_tandem", "tandem")


def centiseconds(seconds: float) -> int:
    """Truncated, like a stopwatch; the truth's nanoseconds leave no doubt about the last digit."""
    return int(seconds * 100 + 1e-6)


def expected(truth: Truth, answers: dict[str, Any]) -> dict[str, Any]:
    """Times, points, total, fall risk, category and programme of one session."""
    trials = [trial for trial in truth["trials"] if trial["test"] != "chair_single"]
    points = {"balance": balance(trials), "gait": gait(trials), "chair": chair(truth["trials"])}
    total = sum(points.values())
    risk = fall_risk(trials, answers)
    category = "ABCD"[(total > 3) + (total > 6) + (total > 9)]
    return {
        "times_s": {trial["trial"]: score_time(trial) for trial in trials},
        "rises": {t["trial"]: t.get("rises", 0) for t in trials if t["test"] == "chair" and not t.get("unable")},
        "points": points,
        "total": total,
        "fall_risk": risk,
        "category": category,
        "programme": category + ("+" if risk and category in "BC" else ""),
    }


def score_time(trial: Truth) -> float | None:
    """The time that is scored, in seconds; None where the trial was given up."""
    if trial.get("unable"):
        return None
    if trial["test"] in STANCES:
        return min(float(trial["held_s"]), 10.0)
    return float(trial["times_s"]["sppb"])


def balance(trials: list[Truth]) -> int:
    """Each stance in turn; the first one not held ends the test."""
    points = 0
    for stance in STANCES:
        held = next((t for t in trials if t["test"] == stance), None)
        time = None if held is None else score_time(held)
        cs = 0 if time is None else centiseconds(time)
        if cs >= 1000:
            points += 2 if stance == "tandem" else 1
            continue
        return points + (1 if stance == "tandem" and cs >= 300 else 0)
    return points


def gait(trials: list[Truth]) -> int:
    """The fastest of the first three."""
    times = [time for t in trials if t["test"] == "walk_4m" and (time := score_time(t)) is not None][:3]
    if not times:
        return 0
    cs = centiseconds(min(times))
    return 4 if cs < 482 else 3 if cs <= 620 else 2 if cs <= 870 else 1


def chair(trials: list[Truth]) -> int:
    """Five rises to the fifth stand; nobody who could not rise once, used the arms or took over a minute."""
    time = next((score_time(t) for t in trials if t["test"] == "chair"), None)
    if time is None:
        return 0
    cs = centiseconds(time)
    return 4 if cs <= 1119 else 3 if cs <= 1369 else 2 if cs <= 1669 else 1 if cs <= 6000 else 0


def fall_risk(trials: list[Truth], answers: dict[str, Any]) -> bool:
    """Any of falls, TUG over 20 s, 6 m over 7.5 s, cognition; unable for want of ability counts as over."""
    falls = answers["falls_last_year"] >= 2 or answers["fall_needed_care"]
    return bool(falls or slow(trials, "tug", 2000) or slow(trials, "walk_6m", 750) or answers["cognitive_impairment"])


def slow(trials: list[Truth], test: str, limit_cs: int) -> bool:
    """Over the limit, or unable for want of ability or safety."""
    held = [trial for trial in trials if trial["test"] == test]
    times = [time for trial in held if (time := score_time(trial)) is not None]
    if times:
        return centiseconds(min(times[:2])) > limit_cs
    reasons = {trial.get("unable") for trial in held}
    return bool(reasons & {"tried_unable", "not_unassisted", "assessor_unsafe", "participant_unsafe"})
