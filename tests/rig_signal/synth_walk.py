"""Synthetic walks with truth: a centre of mass over a centre of pressure that goes from foot to foot.

The centre of mass is the one path that neither falls over nor runs away: c'' = (g / h) (c - p) with rest at both
ends, solved as a boundary value problem. Its height follows the legs. Nothing here filters, detects or estimates.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_banded
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from rig_signal.types import Array, Imu

GRAVITY = 9.80665
GRID_HZ = 500.0
HEIGHT_M = 0.95


@dataclass(frozen=True, slots=True)
class Plan:
    """What the walker does; lengths in m, times in s.

    Attributes
    ----------
    steps
        Contacts before the closing step, which follows.
    step_s, step_m, width_m
        Time and length of a step, distance between the feet.
    swing_s
        From foot-off to contact.
    shift_s
        From the first movement of the pressure to the first foot-off.
    rest_s
        Quiet before and after.
    stop_after, stop_s
        A stop behind that contact, with both feet down; 0 is none.
    bob
        Part of the compass gait's rise and fall.
    limp_s
        By how much the steps of the foot that goes first last longer than the other's; half of it is swing.
    """

    steps: int = 8
    step_s: float = 0.6
    step_m: float = 0.5
    width_m: float = 0.12
    swing_s: float = 0.42
    shift_s: float = 0.45
    rest_s: float = 3.0
    stop_after: int = 0
    stop_s: float = 0.0
    jitter: float = 0.02
    bob: float = 0.8
    limp_s: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """The samples of a sensor at the lower back, and the truth."""

    imu: Imu
    first_foot_off_s: float
    contacts_s: Array
    begins_s: float


def speed_plan(speed_m_s: float, **changes: float) -> Plan:
    """A plan at a speed, with the step length and time that go with it."""
    step_m = min(0.7, 0.16 + 0.42 * speed_m_s**0.8)
    return Plan(step_m=step_m, step_s=step_m / speed_m_s, **changes)  # type: ignore[arg-type]  # open keywords


def walk(plan: Plan, *, rate_hz: float = 100.0, rotation: Rotation | None = None, noise: bool = True) -> Walk:
    """Samples and truth of a planned walk."""
    rng = np.random.default_rng(plan.seed)
    contacts, offs = _timing(plan, rng)
    end_s = contacts[-1] + plan.rest_s
    grid = np.arange(0, end_s, 1 / GRID_HZ)
    feet, ahead = _footprints(plan)
    pressure = _pressure(plan, grid, contacts, offs, feet)
    path = np.column_stack([_centre_of_mass(pressure), _height(plan, grid, contacts, ahead)])
    acc = np.gradient(np.gradient(path, 1 / GRID_HZ, axis=0), 1 / GRID_HZ, axis=0)
    angles = _tilts(path, grid)
    imu = _measured(grid, acc, angles, rate_hz, rotation or Rotation.random(rng=plan.seed), rng, noise)
    return Walk(imu, float(offs[0]), contacts, float(offs[0] - plan.shift_s))


def _timing(plan: Plan, rng: np.random.Generator) -> tuple[Array, Array]:
    """Contacts of all steps, closing step last, and the foot-off of each."""
    limp = 0.5 * plan.limp_s * (-1.0) ** np.arange(plan.steps + 1)  # the first contact's foot first
    steps = plan.step_s * (1 + plan.jitter * rng.standard_normal(plan.steps)) + limp[1:]
    if plan.stop_after:
        steps[plan.stop_after - 1] += plan.stop_s
    swing = min(plan.swing_s, 0.85 * plan.step_s) + 0.5 * limp
    first = plan.rest_s + plan.shift_s + swing[0]
    contacts = first + np.concatenate([[0.0], np.cumsum(steps)])
    return contacts, contacts - swing


def _footprints(plan: Plan) -> tuple[Array, Array]:
    """(steps + 3, 2) places the feet stand at: two to start from, then one a contact; and each step's length."""
    side = np.where(np.arange(plan.steps + 3) % 2 == 0, 0.5, -0.5) * plan.width_m
    lengths = np.full(plan.steps + 1, plan.step_m)
    lengths[[0, -1]] = plan.step_m * 0.6, 0.0
    forward = np.concatenate([[0.0, 0.0], np.cumsum(lengths)])
    return np.column_stack([forward, side]), lengths


def _pressure(plan: Plan, grid: Array, contacts: Array, offs: Array, feet: Array) -> Array:
    """(n, 2) centre of pressure: from contact to the other foot's foot-off it goes over to the new foot."""
    times, places = [0.0, offs[0] - plan.shift_s], [feet[:2].mean(axis=0)] * 2
    times += [offs[0] - 0.55 * plan.shift_s, offs[0]]
    places += [0.2 * feet[1] + 0.8 * feet[0] + 0.3 * (feet[0] - feet[1]), feet[1]]
    for k, contact in enumerate(contacts):
        times.append(contact)
        places.append(feet[k + 1] + [0.08, 0.0])
        leaves = offs[k + 1] if k + 1 < len(offs) else contact + 0.5 * plan.step_s
        if leaves - contact > 1.2 * plan.step_s:
            times += [contact + 0.4 * plan.step_s, leaves - plan.shift_s]
            places += [feet[k + 1 : k + 3].mean(axis=0)] * 2
        times.append(leaves)
        places.append(feet[k + 2] if k + 1 < len(offs) else feet[k + 1 : k + 3].mean(axis=0))
    columns = [np.interp(grid, times, column) for column in np.array(places).T]
    return gaussian_filter1d(np.stack(columns, axis=1), 0.02 * GRID_HZ, axis=0, mode="nearest")


def _centre_of_mass(pressure: Array) -> Array:
    """(n, 2) the path with c'' = (g / h) (c - p) that begins and ends over the pressure."""
    stiff = GRAVITY / HEIGHT_M / GRID_HZ**2
    n = len(pressure)
    bands = np.zeros((3, n))
    bands[0, 2:], bands[1, 1:-1], bands[2, :-2] = 1.0, -(2.0 + stiff), 1.0
    bands[1, [0, -1]] = 1.0
    right = -stiff * pressure
    right[[0, -1]] = pressure[[0, -1]]
    return np.asarray(solve_banded((1, 1), bands, right))


def _height(plan: Plan, grid: Array, contacts: Array, lengths: Array) -> Array:
    """(n,) height: lowest in the middle of each double support, by what the legs' length demands."""
    drop = plan.bob * lengths**2 / (8 * HEIGHT_M)
    lowest = contacts + 0.25 * max(plan.step_s - plan.swing_s, 0.1 * plan.step_s)
    width = 0.22 * plan.step_s
    dips = sum(d * np.exp(-0.5 * ((grid - t) / width) ** 2) for t, d in zip(lowest, drop, strict=True))
    return HEIGHT_M - np.asarray(dips)


def _tilts(path: Array, grid: Array) -> Array:
    """(n, 3) roll, pitch and yaw, rad: the trunk sways with the feet and leans a little with the push."""
    sway = path[:, 1] - path[:, 1].mean()
    lean = gaussian_filter1d(np.gradient(path[:, 0], grid), 0.15 * GRID_HZ)
    return np.column_stack([-0.6 * sway, 0.03 * lean, 0.8 * sway])


def _measured(
    grid: Array, acc: Array, angles: Array, rate_hz: float, rotation: Rotation, rng: np.random.Generator, noise: bool
) -> Imu:
    attitude = Rotation.from_euler("xyz", angles)
    force = attitude.inv().apply(acc + np.array([0.0, 0.0, GRAVITY]))
    rate = (attitude[:-1].inv() * attitude[1:]).as_rotvec() * GRID_HZ
    times = np.arange(0, grid[-1], 1 / rate_hz)
    felt = [np.interp(times, grid, axis) for axis in (rotation.apply(force)).T]
    turned = [np.interp(times, grid[:-1] + 0.5 / GRID_HZ, axis) for axis in rotation.apply(rate).T]
    spread = np.array([[0.02], [0.003]]) * noise
    acc_noise, gyr_noise = spread[:, :, None] * rng.standard_normal((2, 3, len(times)))
    return Imu(times, (np.array(felt) + acc_noise).T, (np.array(turned) + gyr_noise).T)
