"""A synthetic foot: it turns over the toe, swings forward and lands; with truth."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from rig_signal.types import Array, Imu

GRID_HZ = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class Foot:
    """Samples of a sensor on a foot, and when the toe leaves and the foot lands."""

    imu: Imu
    off_s: Array
    contact_s: Array


def foot(
    *,
    swings: int = 6,
    stride_s: float = 1.2,
    swing_s: float = 0.42,
    stride_m: float = 0.9,
    heel_rad: float = 0.6,
    toe_rad: float = 0.35,
    stop_after: int = 0,
    stop_s: float = 0.0,
    turned_rad: float = 0.0,
    seed: int = 0,
) -> Foot:
    """A foot that rises by `heel_rad` before it leaves the floor and lands turned up by `toe_rad`.

    After the swing `stop_after` it stands for `stop_s` longer and turns by `turned_rad` in the next swing.
    """
    rng = np.random.default_rng(seed)
    waits = np.full(swings, stride_s)
    waits[stop_after : stop_after + 1] += stop_s if stop_after else 0.0
    off = 3.0 + np.cumsum(waits) - waits[0]
    contact = off + swing_s
    grid = np.arange(0, contact[-1] + 3, 1 / GRID_HZ)
    pitch, forward, lift = np.zeros((3, len(grid)))
    for begin, end in zip(off, contact, strict=True):
        heel = np.clip((grid - (begin - 0.3 * stride_s)) / (0.3 * stride_s), 0, 1) ** 2
        phase = np.clip((grid - begin) / (end - begin), 0, 1)
        flat = np.clip((grid - end) / 0.06, 0, 1)
        pitch += heel * heel_rad - (heel_rad + toe_rad) * 0.5 * (1 - np.cos(np.pi * phase)) + toe_rad * flat
        forward += stride_m * (phase - np.sin(2 * np.pi * phase) / (2 * np.pi))
        lift += 0.04 * np.sin(np.pi * phase) ** 2
    yaw = turned_rad * np.clip((grid - off[stop_after]) / swing_s, 0, 1) if stop_after else np.zeros(len(grid))
    smooth = [gaussian_filter1d(x, 0.008 * GRID_HZ) for x in (forward, lift)]
    acc = np.gradient(np.gradient(np.column_stack([smooth[0], 0 * grid, smooth[1]]), axis=0), axis=0) * GRID_HZ**2
    angles = np.column_stack([yaw, gaussian_filter1d(pitch, 0.008 * GRID_HZ)])
    attitude = Rotation.from_euler("ZY", angles)
    force = attitude.inv().apply(acc + np.array([0.0, 0.0, 9.80665]))
    rate = (attitude[:-1].inv() * attitude[1:]).as_rotvec() * GRID_HZ
    worn = Rotation.random(rng=seed)
    times = np.arange(0, grid[-2], 0.01)
    columns = [np.interp(times, grid[:-1], axis) for axis in np.hstack([worn.apply(force[:-1]), worn.apply(rate)]).T]
    values = np.stack(columns, axis=1) + rng.standard_normal((len(times), 6)) * ([0.03] * 3 + [0.005] * 3)
    return Foot(Imu(times, values[:, :3], values[:, 3:]), off, contact)
