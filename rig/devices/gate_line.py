"""A gate timer to look at, without a recording: for listing, naming and testing gates."""

import queue
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from firmware_protocol.gate_timer import Event, Info, SelfTest
from rig.devices.base import DeviceError
from rig.devices.gate_talk import PATIENCE_NS
from rig.devices.gate_timer import GateTimer
from rig.devices.serial_port import Lister, Opener, PortInfo, open_port, usb_ports
from rig.model import setup
from rig.model.clock import Clock
from rig.model.records import Packet

NS = 1_000_000_000
SEARCH_NS = 12 * NS
"""Enough for two wrong ports."""
LOOK_S = 0.02


class GateLine:
    """An open line to one gate timer, as a context manager.

    Parameters
    ----------
    port
        Where it is; None to search for it.
    clock
        The host's clock.

    Raises
    ------
    DeviceError
        On entering, if no timer answers.
    """

    def __init__(self, port: str | None, clock: Clock, opener: Opener = open_port, lister: Lister = usb_ports) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._clock = clock
        self._port = port
        declared = setup.Device("gates", "gate-timer", port=port)
        self._device = GateTimer(declared, _nowhere, clock, opener, lister, self._events.put)

    @property
    def port(self) -> str:
        """Where the timer was found."""
        return self._device.status().place

    @property
    def info(self) -> Info:
        """Who it said it is.

        Raises
        ------
        DeviceError
            If it is gone.
        """
        info = self._device.info
        if info is None:
            raise DeviceError(f"{self.port}: the timer is gone; check its cable")
        return info

    def events(self, seconds: float) -> Iterator[Event]:
        """Every message of the timer for so long; `DeviceError` if none comes for longer than heartbeats allow."""
        until_ns = self._clock.monotonic_ns() + round(seconds * NS)
        while (left_ns := until_ns - self._clock.monotonic_ns()) > 0:
            try:
                yield self._events.get(timeout=min(left_ns, PATIENCE_NS) / NS)
            except queue.Empty:
                if left_ns > PATIENCE_NS:
                    raise DeviceError(f"{self.port}: the timer is silent; check its cable") from None

    def self_tests(self, seconds: float) -> Iterator[SelfTest]:
        """Every SELF_TEST message for so long, which the timer is asked for meanwhile; errors as `events`."""
        self._device.self_test(on=True)
        yield from (event for event in self.events(seconds) if isinstance(event, SelfTest))
        self._device.self_test(on=False)

    def __enter__(self) -> Self:
        self._device.start()
        until_ns = self._clock.monotonic_ns() + (PATIENCE_NS if self._port else SEARCH_NS)
        while self._clock.monotonic_ns() < until_ns and not (self._port and self._device.error):
            if self._device.status().connected:
                return self
            time.sleep(LOOK_S)
        self._device.stop()
        raise DeviceError(self._device.error or _nobody(self._port))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._device.stop()


@dataclass(frozen=True, slots=True)
class Asked:
    """A port, and who answered there: INFO, or why there is none."""

    port: PortInfo
    info: Info | None
    error: str | None


def ask_all(ports: Sequence[PortInfo], clock: Clock, opener: Opener = open_port) -> list[Asked]:
    """Ask at every port, at the same time, who is there; boards that restart when they are opened do so."""
    if not ports:
        return []
    with ThreadPoolExecutor(max_workers=len(ports)) as pool:
        return list(pool.map(lambda port: _ask(port, clock, opener), ports))


def _ask(port: PortInfo, clock: Clock, opener: Opener) -> Asked:
    try:
        with GateLine(port.port, clock, opener) as line:
            return Asked(port, line.info, None)
    except DeviceError as error:
        return Asked(port, None, str(error))


def _nobody(port: str | None) -> str:
    if port is not None:
        return f"{port}: no gate timer answers here; check that it has power and its firmware"
    return "no gate timer answers on any USB port: plug it in, or name its port (rig devices list shows what is there)"


def _nowhere(_packet: Packet) -> None:
    """Nothing is recorded."""
