"""`rig devices` for wearables: who is around, which one is in the hand, how far its times are behind the gates'."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rig.cli import devices_shared as shared

if TYPE_CHECKING:
    from rig.devices.base import Device, Sink
    from rig.devices.ble_match import Heard
    from rig.devices.ble_tap import Alignment
    from rig.model import setup as model
    from rig.model.records import Packet

LOOK_S = 0.5
CONNECT_S = 60.0

seconds = click.option("--seconds", type=click.FloatRange(min=0.5), default=5.0, show_default=True, help="How long.")


@click.command(
    "scan",
    epilog="""\b
Examples:
  rig devices scan
  rig devices scan --all --json
""",
)
@seconds
@click.option("--all", "everything", is_flag=True, help="Also what is no wearable that the rig knows.")
@shared.as_json
@shared.language
def scan(seconds: float, everything: bool, as_json: bool, language: str) -> None:
    """List the wearables around, the strongest signal first.

    Exit 1 when there is none, or no Bluetooth.
    """
    say = shared.words(language)
    with shared.said_plainly():
        found = [heard for heard in _around(seconds) if everything or heard.kind]
    for heard in found:
        if as_json:
            facts = {"address": heard.address, "name": heard.name, "kind": heard.kind, "rssi_dbm": heard.rssi_dbm}
            shared.print_json(facts)
        else:
            click.echo(_line(heard, say))
    if not found:
        click.echo(say("wearables.none_around"), err=True)
        raise click.exceptions.Exit(shared.COULD_NOT)


def _around(seconds: float) -> "Sequence[Heard]":
    import asyncio

    from bleak.exc import BleakError

    from rig.devices.base import DeviceError
    from rig.devices.ble_scan import around

    try:
        return asyncio.run(around(seconds))
    except (BleakError, OSError, EOFError) as error:
        message = f"Bluetooth cannot be used ({error}): switch it on or plug in an adapter, then try again"
        raise DeviceError(message) from error


def _line(heard: "Heard", say: shared.Words) -> str:
    strength = say("wearables.connected") if heard.rssi_dbm is None else f"{heard.rssi_dbm} dBm"
    return f"{heard.address}  {strength:>9}  {heard.kind or '-':12} {heard.name or ''}".rstrip()


def identify(seconds: float, role: str | None, as_json: bool, language: str) -> None:
    """Say which wearable is shaken, and how to declare it; ends at the first one, or after so many seconds."""
    from rig.devices.ble_shake import Watch, shaken

    say = shared.words(language)
    with shared.said_plainly():
        found = {heard.address: heard for heard in _around(5.0) if heard.kind}
        devices = [_unnamed(heard) for heard in found.values()]
        watch = Watch(devices)
        with _wearables(devices, watch.take):
            click.echo(say("wearables.shake").format(count=len(devices)), err=True)
            end = time.monotonic() + seconds
            while (name := shaken(watch.activity())) is None and time.monotonic() < end:
                time.sleep(LOOK_S)
    if name is None:
        click.echo(say("wearables.none_shaken"), err=True)
        raise click.exceptions.Exit(shared.COULD_NOT)
    heard = found[name]
    if as_json:
        shared.print_json({"address": heard.address, "name": heard.name, "kind": heard.kind, "role": role})
    else:
        click.echo(say("wearables.this_one").format(name=heard.name or heard.address) + "\n\n" + _stanza(heard, role))


def _unnamed(heard: "Heard") -> "model.Device":
    from rig.model.setup import Device

    return Device(heard.address, heard.kind, address=heard.address)  # type: ignore[arg-type]  # a name of the registry


def _stanza(heard: "Heard", role: str | None) -> str:
    """Lines for `rig.toml`."""
    lines = ["[[devices]]", f'id = "{role or heard.address}"', f'kind = "{heard.kind}"']
    lines += [f'role = "{role}"'] if role else []
    return "\n".join([*lines, f'address = "{heard.address}"'])


@contextmanager
def _wearables(devices: "Sequence[model.Device]", sink: "Sink") -> "Iterator[Sequence[Device]]":
    """Wearables that are connected, and let go in the end."""
    from rig.devices.ble_hub import BleHub
    from rig.model.clock import SystemClock

    sensors = BleHub(devices, sink, SystemClock()).sensors
    with _running(sensors):
        yield sensors


@contextmanager
def _running(devices: "Sequence[Device]") -> Iterator[None]:
    """Devices that are started, wait for all of them, and stop them."""
    from rig.devices.base import DeviceError

    for device in devices:
        device.start()
    try:
        end = time.monotonic() + CONNECT_S
        while missing := [device.id for device in devices if not device.status().connected]:
            if time.monotonic() > end:
                raise DeviceError(
                    f"{', '.join(missing)}: not found in {CONNECT_S:.0f} s; switch it on, bring it closer"
                )
            time.sleep(LOOK_S)
        yield
    finally:
        for device in devices:
            device.stop()


@click.command(
    "sync",
    epilog="""\b
Example:
  rig devices sync --setup rig.toml --seconds 30

Take a sensor in the fist and knock five times or more on a gate's frame so that the hand covers the
receiver as it hits; then the next sensor.
""",
)
@shared.setup_file
@click.option("--seconds", type=click.FloatRange(min=2), default=30.0, show_default=True, help="Time for the knocks.")
@shared.as_json
@shared.language
def sync(setup_file: Path | None, seconds: float, as_json: bool, language: str) -> None:
    """Measure by knocks how far each wearable's times are behind the gates'.

    Exit 1 when a sensor had fewer than two knocks that a gate saw.
    """
    from rig.devices.ble_hub import BleHub
    from rig.devices.serial_open import serial_device
    from rig.model.clock import SystemClock

    say = shared.words(language)
    setup = _setup(setup_file)
    packets: list[Packet] = []
    clock = SystemClock()
    with shared.said_plainly():
        timer = next(device for device in setup.devices if device == setup.timer)
        sensors = BleHub(setup.devices, packets.append, clock).sensors
        devices: list[Device] = [serial_device(timer, packets.append, clock), *sensors]
        with _running(devices):
            click.echo(say("wearables.knock"), err=True)
            time.sleep(seconds)
    found = alignments(packets, setup)
    for name, alignment in found.items():
        _tell(name, alignment, as_json, say)
    if None in found.values():
        raise click.exceptions.Exit(shared.COULD_NOT)


def _setup(file: Path | None) -> "model.Setup":
    """A set-up with a timer and a wearable that has a place; without, the command ends with exit 2."""
    from rig.model.setup import parse_setup

    try:
        setup = parse_setup(file.read_text("utf-8") if file else "")
    except (OSError, ValueError) as error:
        click.echo(f"{file}: {error}", err=True)
        raise click.exceptions.Exit(shared.BAD_INPUT) from None
    if setup.timer is None or not any(device.role for device in setup.devices):
        click.echo("--setup: a rig.toml with a timer and at least one wearable with a role is needed", err=True)
        raise click.exceptions.Exit(shared.BAD_INPUT)
    return setup


def alignments(packets: "Sequence[Packet]", setup: "model.Setup") -> "dict[str, Alignment | None]":
    """Each wearable's alignment with the gates, by id, from everything that was received."""
    import numpy as np
    from msgspec.structs import replace

    from rig.devices.ble_tap import align, knocks
    from rig.timeline import decode_session

    # What is measured is the whole delay, not what one that was declared before leaves.
    plain = replace(setup, devices=tuple(replace(device, delay_ms=0.0) for device in setup.devices))
    timeline = decode_session(packets, plain)
    first, last = min(p.t_ns for p in packets), max(p.t_ns for p in packets)
    edges = timeline.gates.window(first, last, last).edges if timeline.gates else ()
    covered = np.array([edge.t_ns for edge in edges if edge.blocked], dtype=np.int64)
    windows = {track.source: track.window(first, last, last) for track in timeline.imus.values()}
    return {name: align(knocks(window.t_ns, window.acc), covered) for name, window in windows.items()}


def _delay_lines(name: str, alignment: "Alignment") -> list[str]:
    """Lines of `rig.toml`: the last one is new."""
    return ["[[devices]]", f'id = "{name}"', f"delay_ms = {alignment.delay_ns / 1e6:.1f}"]


def _tell(name: str, alignment: "Alignment | None", as_json: bool, say: shared.Words) -> None:
    if alignment is None:
        facts: dict[str, float | None] = {"delay_ms": None, "u_ms": None, "residual_ms": None, "knocks": 0}
        text = say("wearables.no_knocks").format(id=name)
    else:
        ns = {"delay": alignment.delay_ns, "u": alignment.u_ns, "residual": alignment.residual_ns}
        facts = {**{f"{key}_ms": round(value / 1e6, 2) for key, value in ns.items()}, "knocks": alignment.knocks}
        text = "\n".join([say("wearables.delay").format(id=name, **facts), *_delay_lines(name, alignment)])
    if as_json:
        shared.print_json({"id": name, **facts})
    else:
        click.echo(text)
