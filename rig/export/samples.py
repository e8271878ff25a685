"""A session's samples as `sensor_msgs/Imu`, one message a sample, for viewers of MCAP."""

import struct
from pathlib import Path
from typing import Any

from mcap.writer import Writer

from rig.pipeline.session import Analysis
from rig.timeline.types import ImuWindow

SCHEMA = "sensor_msgs/msg/Imu"
_VECTOR = "float64 x\nfloat64 y\nfloat64 z\n"
_PARTS = {
    "std_msgs/Header": "builtin_interfaces/Time stamp\nstring frame_id\n",
    "builtin_interfaces/Time": "int32 sec\nuint32 nanosec\n",
    "geometry_msgs/Quaternion": f"{_VECTOR}float64 w\n",
    "geometry_msgs/Vector3": _VECTOR,
}
_FIELDS = (
    "std_msgs/Header header\n"
    "geometry_msgs/Quaternion orientation\nfloat64[9] orientation_covariance\n"
    "geometry_msgs/Vector3 angular_velocity\nfloat64[9] angular_velocity_covariance\n"
    "geometry_msgs/Vector3 linear_acceleration\nfloat64[9] linear_acceleration_covariance\n"
)
DEFINITION = _FIELDS + "".join(f"{'=' * 80}\nMSG: {name}\n{text}" for name, text in _PARTS.items())
"""ROS 2 message definition with those it refers to, behind one another as MCAP's `ros2msg` wants them."""
NS = 1_000_000_000
_UNKNOWN = (-1.0, *[0.0] * 8)
"""A covariance that says: this part is not measured."""
_NOT_GIVEN = (0.0,) * 9
_NUMBERS = struct.Struct("<37d")


def write_samples(analysis: Analysis, path: Path) -> int:
    """Write the samples of every trial, a channel a sensor; how many messages.

    Times are session times from 0; `linear_acceleration` is specific force (at rest +9.81 upwards), as ROS has it.
    Orientation is not estimated and marked so. Samples that were lost are absent.
    """
    written = 0
    with path.open("wb") as file:
        writer: Any = Writer(file)  # mcap has no types here
        writer.start(profile="ros2", library="sppb-rig")
        schema = writer.register_schema(SCHEMA, "ros2msg", DEFINITION.encode())
        devices = sorted({device for data in analysis.data.values() for device in data.devices.values()})
        channels = {device: writer.register_channel(f"/{device}/imu", "cdr", schema) for device in devices}
        for data in analysis.data.values():
            for role, window in data.imus.items():
                device = data.devices[role]
                written += _write_window(writer, channels[device], device, window, data.epoch_ns)
        writer.finish()
    return written


def _write_window(writer: Any, channel: int, device: str, window: ImuWindow, epoch_ns: int) -> int:
    turning = [None] * len(window.t_ns) if window.gyr is None else window.gyr.tolist()
    for t_ns, acc, gyr in zip(window.t_ns.tolist(), window.acc.tolist(), turning, strict=True):
        at_ns = t_ns - epoch_ns
        message = imu_message(device, at_ns, acc, gyr)
        writer.add_message(channel, log_time=at_ns, publish_time=at_ns, data=message)
    return len(window.t_ns)


def imu_message(frame: str, t_ns: int, acc: list[float], gyr: list[float] | None) -> bytes:
    """One message in CDR, little-endian; numbers of eight bytes begin at multiples of eight behind the first four."""
    name = frame.encode() + b"\0"
    head = struct.pack("<iII", t_ns // NS, t_ns % NS, len(name)) + name
    head += b"\0" * (-len(head) % 8)
    turning = (*(gyr or (0.0, 0.0, 0.0)), *(_NOT_GIVEN if gyr else _UNKNOWN))
    return b"\0\1\0\0" + head + _NUMBERS.pack(0.0, 0.0, 0.0, 1.0, *_UNKNOWN, *turning, *acc, *_NOT_GIVEN)
