"""Which parts of whom cut which beam when: plan sections of body, arms and walking aid at the beam's height.

A beam is a line across the corridor at one place and height; a part blocks it while its section at that height
covers the place. Only the direction along the corridor counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rig.virtual.motion import GRID_S, Array, Motion
from rig.virtual.participant import Participant
from rig.virtual.spans import Span, instant, runs

ARM_M = 0.045
HEAD_M = 0.10
GRIP_M = 0.84
FRAME_DEPTH_M = 0.42
TUBE_M = 0.014
ASSESSOR_DEPTH_M = 0.26
ASSESSOR_BEHIND_M = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Where a part is along the corridor: middle and half length (m), (n,) each; NaN where it is not at this height."""

    middle: Array
    half: Array

    def cover(self, x: float) -> Array:
        """Metres by which the part covers x; negative when it does not."""
        return np.asarray(np.nan_to_num(self.half - np.abs(self.middle - x), nan=-9.0))


def trunk_section(motion: Motion, height: float) -> Section:
    """The trunk: an elliptical cylinder from hips to shoulders, leaning and turning with the trunk's pose."""
    build, pose = motion.build, motion.trunk
    above = height - pose.position[:, 2]
    inside = (above >= 0) & (above <= build.trunk * np.cos(pose.pitch))
    middle = pose.position[:, 0] + above * np.tan(pose.pitch) * np.cos(pose.yaw)
    half = _ellipse(build.trunk_depth / np.cos(pose.pitch), build.trunk_width, pose.yaw)
    return Section(np.where(inside, middle, np.nan), half)


def _ellipse(depth: Array, width: float, yaw: Array) -> Array:
    return np.asarray(0.5 * np.hypot(depth * np.cos(yaw), width * np.sin(yaw)))


def _head(motion: Motion, height: float) -> Section:
    build, pose = motion.build, motion.trunk
    shoulder = pose.position[:, 2] + build.trunk * np.cos(pose.pitch)
    inside = (height > shoulder) & (height < shoulder + 0.30)
    middle = pose.position[:, 0] + (build.trunk + 0.1) * np.sin(pose.pitch) * np.cos(pose.yaw)
    return Section(np.where(inside, middle, np.nan), np.full(middle.size, HEAD_M))


def _stride(motion: Motion) -> Array:
    """How far the left foot is ahead of the right one, along the trunk's heading."""
    apart = motion.foot_left.position - motion.foot_right.position
    return np.asarray(apart[:, 0] * np.cos(motion.trunk.yaw) + apart[:, 1] * np.sin(motion.trunk.yaw))


def _swinging_arm(motion: Motion, height: float, sign: float) -> Section:
    """An arm that hangs from the shoulder and swings against the foot of its side."""
    build, pose = motion.build, motion.trunk
    shoulder = pose.position + build.trunk * pose.rotation()[:, :, 2]
    below = shoulder[:, 2] - height
    inside = (below > 0) & (below < 0.44 * build.height)
    ahead = below * np.tan(0.45 * sign * _stride(motion) + 0.06)
    middle = shoulder[:, 0] + ahead * np.cos(pose.yaw)
    return Section(np.where(inside, middle, np.nan), np.full(middle.size, ARM_M))


def _forearms(motion: Motion, height: float) -> Section:
    """Forearms from elbows at the side to hands on the grips of a frame."""
    pose = motion.trunk
    elbow_z = pose.position[:, 2] + 0.22
    share = (height - GRIP_M) / (elbow_z - GRIP_M)
    inside = (share >= 0) & (share <= 1) & np.isfinite(motion.aid_ahead)
    ahead = share * 0.04 + (1 - share) * (motion.aid_ahead - FRAME_DEPTH_M / 2)
    return Section(np.where(inside, pose.position[:, 0] + ahead * np.cos(pose.yaw), np.nan), np.full(share.size, ARM_M))


def _frame(motion: Motion, height: float) -> Iterator[Section]:
    """A walking frame or rollator: front and rear legs, side rails at grip height."""
    size = motion.aid_ahead.size
    if height > GRIP_M + TUBE_M:
        return
    along = np.cos(motion.trunk.yaw)
    front = motion.pelvis.position[:, 0] + motion.aid_ahead * along
    if height > GRIP_M - 0.06:
        half = FRAME_DEPTH_M / 2
        yield Section(front - half * along, np.full(size, half + TUBE_M))
    else:
        yield Section(front, np.full(size, TUBE_M))
        yield Section(front - FRAME_DEPTH_M * along, np.full(size, TUBE_M))


def _cane(motion: Motion, height: float) -> Section:
    """A cane in the right hand, put forward with the left foot."""
    size = motion.aid_ahead.size
    if height > GRIP_M + TUBE_M:
        return Section(np.full(size, np.nan), np.zeros(size))
    ahead = motion.aid_ahead + 0.5 * _stride(motion)
    return Section(motion.pelvis.position[:, 0] + ahead * np.cos(motion.trunk.yaw), np.full(size, TUBE_M))


def _assessor(motion: Motion, spans: tuple[Span, ...]) -> Section:
    """Somebody who walks behind the participant, a little late."""
    late = round(0.35 / GRID_S)
    x = motion.pelvis.position[:, 0]
    middle = np.concatenate([np.full(late, x[0]), x[:-late]]) - ASSESSOR_BEHIND_M
    time = motion.time_s
    near = np.any([(time >= s.start) & (time < s.end) for s in spans], axis=0)
    return Section(np.where(near, middle, np.nan), np.full(x.size, ASSESSOR_DEPTH_M / 2))


def sections(motion: Motion, person: Participant, height: float, followed: tuple[Span, ...] = ()) -> list[Section]:
    """All that can be in a beam of this height (m); `followed` are the spans with an assessor behind."""
    found = [trunk_section(motion, height), _head(motion, height)]
    if person.aid in ("walker", "rollator"):
        found += [_forearms(motion, height), *_frame(motion, height)]
    else:
        found += [_swinging_arm(motion, height, sign) for sign in (-1.0, 1.0)]
    if person.aid == "cane":
        found.append(_cane(motion, height))
    return [*found, _assessor(motion, followed)] if followed else found


def blocked(parts: list[Section], x: float) -> list[tuple[float, float | None]]:
    """Times at which a beam at x is cut and freed again (None: still cut at the end)."""
    cover = np.max([part.cover(x) for part in parts], axis=0)
    return [
        (instant(cover, start, 0.0), instant(cover, end, 0.0) if end < cover.size else None)
        for start, end in runs(cover > 0)
    ]


def crossings(section: Section, x: float, span: Span) -> list[float]:
    """Times in a span at which the foremost surface of the trunk (its section) reaches the plane at x, either way."""
    first, last = round(span.start / GRID_S), round(span.end / GRID_S)
    cover = section.cover(x)[first:last]
    return [span.start + instant(cover, start, 0.0) for start, _ in runs(cover > 0) if start > 0]
