"""What a perfect sensor feels of the virtual lab's bodies, at any times: one signal for every measure and family."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.signal import butter, sosfiltfilt

from rig.model.marks import Test
from rig.model.setup import Role
from rig.virtual import PRESETS
from rig.virtual.body import Body, Turn, Walk
from rig.virtual.imu import feel
from rig.virtual.lab import FAMILIES
from rig.virtual.motion import grid_times
from rig.virtual.randomness import stream
from rig_signal.types import Array, Imu, Placement

ROLES: dict[Placement, Role] = {"lower_back": Role.LOWER_BACK, "chest": Role.CHEST, "thigh": Role.THIGH}
STANCE_LASTS_S = 6.0


@dataclass(frozen=True, eq=False)
class Signal:
    """Specific force and angular rate as functions of time, (m, 6); `mark_s` is when a stance begins."""

    start_s: float
    end_s: float
    at: Callable[[Array], Array]
    mark_s: float = 0.0

    def sampled(self, rate_hz: float = 100.0) -> Imu:
        """Samples at an even rate."""
        time_s = np.arange(self.start_s, self.end_s, 1 / rate_hz)
        values = self.at(time_s)
        return Imu(time_s, values[:, :3], values[:, 3:])


@cache
def signal_of(measure: str, family: str, placement: Placement, preset: str) -> Signal:
    """What a sensor at a placement feels while a body of a family is measured."""
    who = PRESETS[preset]
    body = FAMILIES[family](who, 0.0, stream(11, "body"))
    body.wait(2.0)
    begin_s, mark_s = _PERFORMANCES[measure](body)
    body.wait(3.0)
    felt = feel(ROLES[placement], body.motion())
    grid_s = grid_times(0, len(felt.force))
    spline = CubicSpline(grid_s, np.hstack([felt.force, felt.rate]))
    return Signal(begin_s, float(grid_s[-1]), _low_passed(spline, grid_s), mark_s)


def _low_passed(spline: CubicSpline, grid_s: Array) -> Callable[[Array], Array]:
    """A sensor's own low-pass, so that every rate of sampling can carry what it gives."""
    smooth = CubicSpline(grid_s, sosfiltfilt(butter(4, 18.0, fs=250.0, output="sos"), spline(grid_s), axis=0))
    return lambda time_s: np.asarray(smooth(time_s), dtype=np.float64)


def _five_rises(body: Body) -> tuple[float, float]:
    body.go((Walk(0.06),), with_aid=False)
    body.wait(1.0)
    body.sit()
    begin_s = body.now
    body.wait(3.0)
    for _ in range(5):
        body.rise()
        body.wait(0.4)
        body.sit()
        body.wait(0.4)
    return begin_s, 0.0


def _up_and_go(body: Body) -> tuple[float, float]:
    body.go((Walk(0.06),), with_aid=False)
    body.wait(1.0)
    body.sit()
    begin_s = body.now
    body.wait(3.0)
    body.rise()
    body.wait(0.3)
    body.go((Walk(3.0), Turn(np.pi, hesitates=True), Walk(0.34), Turn(np.pi, drift_m=-0.3)))
    body.sit()
    return begin_s, 0.0


def _walk(body: Body) -> tuple[float, float]:
    body.go((Walk(5.0),))
    return 0.0, 0.0


def _stance(body: Body) -> tuple[float, float]:
    body.take_stance(Test.SEMI_TANDEM)
    body.wait(3.0)
    mark_s = body.now
    body.lose_balance(mark_s + STANCE_LASTS_S)
    return 0.0, mark_s


_PERFORMANCES: dict[str, Callable[[Body], tuple[float, float]]] = {
    "chair": _five_rises,
    "tug": _up_and_go,
    "walk": _walk,
    "stance": _stance,
}
