"""Standing balance: the sensors propose the end of the hold, the operator's key decides."""

from rig.model.document import Event, Measure
from rig.model.marks import MarkKind
from rig.model.setup import Role
from rig.pipeline.evidence import FOOT_ROLES, PLACEMENTS, Evidence, TrialData, measure
from rig_signal.stance import StanceResult, analyse_stance
from rig_signal.sway import SwayMeasures
from rig_signal.types import Moment

AGREE_US = 300_000
"""Sensors and operator's key further apart than this: the key's time stands and confirmation is asked for (rules 6)."""
KEY_DELAY_US = 250_000
"""A key follows what the eye saw by a reaction time. It is taken off before key and sensors are compared, not from
the key's own instant where that stands."""
LIMIT_US = 10_000_000


def analyse(data: TrialData) -> Evidence:
    """Events `begin` and `hold_end` of one stance, with the sway while it was held."""
    mark = data.marks.last(MarkKind.BEGIN)
    if mark is None:
        return Evidence(quality=("no_begin",))
    begin = Event("begin", 1, (mark.t_ns - data.epoch_ns) // 1000, 0, "operator")
    role = data.role()
    result = _sensors(data, role, data.seconds(mark.t_ns)) if role is not None else None
    end, quality = _decide(data, begin, result, role)
    events = (begin,) if end is None else (begin, end)
    sway = _sway_measures(result.sway) if result is not None and result.sway is not None else ()
    flags = (*(result.quality if result is not None else ("no_trunk_imu",)), *quality)
    return Evidence(events, sway, flags)


def _sensors(data: TrialData, role: Role, begin_s: float) -> StanceResult:
    feet = tuple(data.imu(foot) for foot in FOOT_ROLES if foot in data.imus and len(data.imus[foot].t_ns))
    return analyse_stance(data.imu(role), PLACEMENTS[role], begin_s=begin_s, feet=feet)


def _decide(
    data: TrialData, begin: Event, result: StanceResult | None, role: Role | None
) -> tuple[Event | None, tuple[str, ...]]:
    """The end of the hold.

    The key says what happened. When it happened is taken from the sensors where they agree within 0.3 s, since a
    key follows the eye late; else the key's instant stands.
    """
    limit = Event("hold_end", 1, begin.t_us + LIMIT_US, 0, "operator")
    proposed = _proposal(data, result, role)
    stop = data.marks.last(MarkKind.OPERATOR_STOP)
    if stop is None:
        if result is not None and not result.stepped_out and result.hold_end is not None:
            return limit, ("no_operator_key",)
        return proposed, ("no_operator_key",)
    key = data.operator_event("hold_end", stop.t_ns)
    if stop.data.get("reason") == "ten_seconds":
        return limit, ("sensors_saw_step",) if proposed is not None else ()
    seen = proposed if stop.data.get("reason") == "stepped" else None
    if seen is not None and abs(seen.t_us + KEY_DELAY_US - key.t_us) <= AGREE_US:
        return seen, ()
    flag = "by_operator_key" if seen is None else "hold_disagreement"
    return min(key, limit, key=lambda event: event.t_us), (flag,)


def _proposal(data: TrialData, result: StanceResult | None, role: Role | None) -> Event | None:
    if result is None or role is None or not result.stepped_out or result.hold_end is None:
        return None
    moment: Moment = result.hold_end
    return data.imu_event("hold_end", moment, role)


SWAY_UNITS = {
    "rms_m_s2": "m/s²",
    "jerk_m2_s5": "m²/s⁵",
    "dist_m_s2": "m/s²",
    "path_m_s2": "m/s²",
    "range_m_s2": "m/s²",
    "mv_m_s": "m/s",
    "mf_hz": "Hz",
    "area_m2_s5": "m²/s⁵",
    "ellipse_m2_s4": "m²/s⁴",
}
"""Of every sway measure; their names say them too."""


def _sway_measures(sway: SwayMeasures) -> tuple[Measure, ...]:
    return tuple(measure(f"sway_{name}", getattr(sway, name), unit) for name, unit in SWAY_UNITS.items())
