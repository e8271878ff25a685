"""A session of the virtual lab whose wearables are received over virtual Bluetooth, as real ones are."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.progress import track

import rig
from rig.devices.base import DeviceError
from rig.devices.ble_hub import BleHub
from rig.devices.pump import Pump
from rig.model.records import Packet, Record
from rig.model.session import SessionHeader
from rig.model.setup import Device, Role
from rig.recording import SessionWriter
from rig.virtual import DEFAULT_SETUP, PRESETS, VirtualSession, run_session
from rig.virtual.ble_air import air
from rig.virtual.ble_pace import HurriedPace, Pace, PacedClock, wait
from rig.virtual.ble_voice import Voice
from rig.virtual.ble_worn import worn_movesense
from rig.virtual.clocks import MONOTONIC_START_NS
from rig.virtual.imu import Chip
from rig.virtual.radio import Radio
from rig.virtual.randomness import stream

FACTOR = 6.0
"""Pace of the session: five minutes in less than one."""
LEAD_S = 10.0
"""Host seconds before the session begins, to connect in."""
END_NS = 300_000_000


def record_over_bluetooth(person: str, seed: int, folder: Path, factor: float = FACTOR) -> None:
    """Run a preset person through the whole battery, receive the wearables by Bluetooth, and record it all.

    Gates and the assessor's marks come from the virtual lab at their times; sensors are scanned for, connected and
    listened to through bleak (`rig.devices.ble_hub`), `factor` times faster than life.

    Raises
    ------
    RecordingError
        The folder holds a recording already or cannot be written.
    DeviceError
        A sensor was not connected in time, or a record was refused.
    RuntimeError
        `dbus-daemon` is not installed.
    """
    session = run_session(PRESETS[person], seed=seed, setup=DEFAULT_SETUP)
    wearables = [device for device in DEFAULT_SETUP.devices if device.role]
    start_s = -LEAD_S * factor
    voices = _voices(wearables, session, start_s, seed)
    pace = HurriedPace(factor, start_s)
    clock = PacedClock(pace, f"virtual-{seed}")
    radio = replace(Radio(), interval_s=Radio().interval_s / factor)
    header = SessionHeader(f"{person}-{seed}", {"sppb-rig": rig.__version__})
    refused: list[Exception] = []
    with (
        air(voices, radio, seed, pace),
        SessionWriter.create(folder, header, session.setup_toml, clock) as writer,
        Pump(writer, refused.append) as pump,
    ):
        _live(BleHub(wearables, pump.put, clock), pump, _others(session, wearables), pace)
    if refused:
        raise DeviceError(f"{folder}: {len(refused)} records were refused, the first one because: {refused[0]}")


def _voices(wearables: Sequence[Device], session: VirtualSession, start_s: float, seed: int) -> dict[str, Voice]:
    return {
        f"C0:00:00:00:00:{number:02X}": worn_movesense(
            f"{number:012d}", device.role or Role.LOWER_BACK, session.motion, start_s, Chip(), stream(seed, device.id)
        )
        for number, device in enumerate(wearables, 1)
    }


def _others(session: VirtualSession, wearables: Sequence[Device]) -> list[Record]:
    """Everything that does not come over Bluetooth."""
    ids = {device.id for device in wearables}
    return [record for record in session.records if not (isinstance(record, Packet) and record.source in ids)]


def _live(hub: BleHub, pump: Pump, others: Sequence[Record], pace: Pace) -> None:
    for sensor in hub.sensors:
        sensor.start()
    try:
        wait(pace, 0.0)
        missing = [sensor.id for sensor in hub.sensors if not sensor.status().connected]
        if missing:
            raise DeviceError(f"{', '.join(missing)}: not connected within {LEAD_S:.0f} s; is the computer busy?")
        for record in track(others, "The assessment, live"):
            wait(pace, (record.t_ns - MONOTONIC_START_NS) / 1e9)
            pump.put(record)
        time.sleep(END_NS / 1e9)
    finally:
        for sensor in hub.sensors:
            sensor.stop()
