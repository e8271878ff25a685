"""The declared set-up of a lab: course, gates and sensors, as written in `rig.toml`."""

from enum import StrEnum
from typing import Literal

import msgspec


class Role(StrEnum):
    """Where an inertial sensor is worn."""

    LOWER_BACK = "lower_back"
    CHEST = "chest"
    THIGH = "thigh"
    FOOT_LEFT = "foot_left"
    FOOT_RIGHT = "foot_right"


class Gate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One gate of the course: a number on the timer, a place in the corridor, one or two beams."""

    gate: int
    position_m: float
    beam_heights_mm: tuple[int, ...]


class Course(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The corridor. `static`: walks start at rest with the feet behind 0 m; `run_in`: already walking there."""

    start: Literal["static", "run_in"] = "static"
    gates: tuple[Gate, ...] = ()


class Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device that sends packets under its `id`; `role` for wearables only."""

    id: str
    kind: Literal["gate-timer", "movesense"]
    role: Role | None = None


class Setup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `rig.toml`, schema 1."""

    course: Course = Course()
    devices: tuple[Device, ...] = ()
    schema: Literal[1] = 1


def parse_setup(text: str) -> Setup:
    """Read `rig.toml`.

    Raises
    ------
    ValueError
        With the key path and what was expected there.
    """
    try:
        return msgspec.toml.decode(text.encode(), type=Setup)
    except msgspec.DecodeError as error:
        raise ValueError(f"rig.toml: {error}") from error
