"""The declared set-up of a lab: course, gates and sensors, as written in `rig.toml`."""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec


class Role(StrEnum):
    """Where an inertial sensor is worn."""

    LOWER_BACK = "lower_back"
    CHEST = "chest"
    THIGH = "thigh"
    FOOT_LEFT = "foot_left"
    FOOT_RIGHT = "foot_right"
    WRIST = "wrist"
    """Counts the lifts of the load; it times nothing."""


class Gate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One gate of the course: a number on the timer, a place in the corridor, one or two beams."""

    gate: int
    position_m: float
    beam_heights_mm: tuple[int, ...]


class Course(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The corridor. `static`: walks start at rest with the feet behind 0 m; `run_in`: already walking there."""

    start: Literal["static", "run_in"] = "static"
    gates: tuple[Gate, ...] = ()


SPORTS_TIMERS = frozenset({"alge-timy", "tag-heuer-cp", "microgate"})
"""Bought timers that send one impulse a crossing."""
TIMERS = SPORTS_TIMERS | {"gate-timer"}


class Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device that sends packets under its `id`.

    Attributes
    ----------
    id, kind
        Its name in recordings, and what it is.
    role
        Where a wearable is worn.
    port
        Serial port of a timer (``COM3``, ``/dev/ttyACM0``); a gate timer without one is searched for.
    address
        Radio address or name of a wearable; one without is searched for.
    channels
        Sports timers: the number of the gate whose beam is plugged into an input, by the timer's name of it.
    baud
        Sports timers: bits per second of the line, 9600 from the factory.
    delay_ms
        Wearables: how far its times are behind the gates', as `rig devices sync` measures it; taken off. 0 where it is
        not measured.
    """

    id: str
    kind: Literal[
        "gate-timer",
        "alge-timy",
        "tag-heuer-cp",
        "microgate",
        "metamotion",
        "movella-dot",
        "movesense",
        "polar",
        "rig-imu",
        "witmotion",
    ]
    role: Role | None = None
    port: str | None = None
    address: str | None = None
    channels: dict[str, int] = {}
    baud: int = 9600
    delay_ms: Annotated[float, msgspec.Meta(ge=-100, le=1000)] = 0.0


class Setup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `rig.toml`, schema 1."""

    course: Course = Course()
    devices: tuple[Device, ...] = ()
    schema: Literal[1] = 1

    def __post_init__(self) -> None:
        """Refuse a timer's input that is plugged into no gate of the course."""
        declared = {gate.gate for gate in self.course.gates}
        for device in self.devices:
            for channel, gate in device.channels.items():
                if gate not in declared:
                    raise ValueError(
                        f"{device.id}: channel {channel} goes to gate {gate}, which the course does not declare; "
                        "add the gate or correct the number"
                    )

    @property
    def timer(self) -> Device | None:
        """The timer that counts: the first one declared."""
        return next((device for device in self.devices if device.kind in TIMERS), None)


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
