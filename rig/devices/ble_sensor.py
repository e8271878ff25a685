"""A wearable as one device among others: its packets, its state, its connection when it has one."""

import threading
from collections.abc import Callable

from msgspec.structs import replace

from firmware_protocol.wearables import wearable
from rig.devices.base import DeviceStatus, Sink
from rig.devices.ble_match import Heard
from rig.devices.ble_session import BleSession
from rig.model import setup
from rig.model.clock import Clock
from rig.model.records import Direction, LinkEvent, Packet

ATTEMPTS = 6
"""Failures in a row after which the sensor is only tried every `REST_S`."""
MOST_ATTEMPTS = 24
"""Failures in a row, over ten minutes and more, after which it is given up until it has been switched off."""
BACKOFF_S = 0.5
REST_S = 30.0
SILENT_S = 2.0
"""A sensor that is connected and has sent nothing for so long is said to be silent."""
GIVE_UP_S = 5.0
"""After so long it is let go, to be connected anew."""
STOP_S = 20.0
"""Longer than an attempt to connect, which is not broken off."""


class WearableStatus(DeviceStatus, frozen=True):
    """How a wearable is doing.

    Attributes
    ----------
    battery_percent
        Charge as the sensor tells it; None where it does not.
    rssi_dbm
        Signal strength when it was last heard advertising; None before.
    """

    battery_percent: int | None = None
    rssi_dbm: int | None = None


class BleSensor:
    """A declared wearable (`rig.devices.base.Device`); `start` and `stop` from any thread, the rest in the radio's.

    Parameters
    ----------
    declared
        The device in `rig.toml`.
    sink, clock
        Take and stamp its packets.
    changed
        Called, from any thread, when the sensor is wanted, not wanted any more, or lost.

    Attributes
    ----------
    wanted
        Whether it is started.
    """

    def __init__(self, declared: setup.Device, sink: Sink, clock: Clock, changed: Callable[[], None]) -> None:
        self.declared = declared
        self.wanted = False
        self._free = threading.Event()
        self._free.set()
        self._sensor = wearable(declared.kind)
        self._sink = sink
        self._clock = clock
        self._changed = changed
        self._session: BleSession | None = None
        self._failures = 0
        self._not_before_ns = 0
        self._looks = 0
        self._status = WearableStatus(declared.id, declared.kind, False, None, None, 0, "devices.stopped")

    @property
    def id(self) -> str:
        """As declared."""
        return self.declared.id

    @property
    def kind(self) -> str:
        """As declared."""
        return self.declared.kind

    def start(self) -> None:
        """Begin to search."""
        self.note(message="devices.searching")
        self._failures = self._not_before_ns = 0
        self._free.clear()
        self.wanted = True
        self._changed()

    def stop(self) -> None:
        """Stop the stream and let go; waits until that is done."""
        self.wanted = False
        self._changed()
        self._free.wait(STOP_S)

    def status(self) -> WearableStatus:
        """How it is doing now."""
        if self._silent_s() > SILENT_S:
            return replace(self._status, message="devices.silent")
        return self._status

    def _silent_s(self) -> float:
        """How long it has been connected without sending anything; 0 where it is not."""
        status = self._status
        if not status.connected:
            return 0.0
        heard_ns = max(status.since_ns or 0, status.last_packet_ns or 0)
        return (self._clock.monotonic_ns() - heard_ns) / 1e9

    async def tend(self) -> None:
        """Let go of decoded samples, and of a sensor that says nothing any more: it is searched for again."""
        session = self._session
        if session is None:
            return
        session.forget()
        self._looks = self._looks + 1 if self._silent_s() > GIVE_UP_S else 0
        if self._looks > 1:  # twice in a row: it may be this process that was held up
            await self._failed(session)
        elif self._streams():
            self._failures = 0

    def _streams(self) -> bool:
        """Whether data came for so long after connecting that it is no sensor which falls silent at once."""
        since_ns, last_ns = self._status.since_ns, self._status.last_packet_ns
        return self._status.connected and (last_ns or 0) - (since_ns or 0) > GIVE_UP_S * 1e9

    @property
    def attached(self) -> bool:
        """Whether the radio has still to let go of it."""
        return not self._free.is_set()

    def looked_for(self) -> bool:
        """Whether it is to be searched and may be tried now."""
        return self.wanted and self._session is None and self._clock.monotonic_ns() >= self._not_before_ns

    def known(self) -> setup.Device:
        """The declaration with the address at which it was found: it is not mistaken for another later."""
        return replace(self.declared, address=self._status.place) if self._status.place else self.declared

    async def connect(self, heard: Heard) -> None:
        """Connect and start the stream; a failure is noted, and the next attempt waits longer, or is not made."""
        if self._failures >= MOST_ATTEMPTS:
            self._postpone()
            return
        self.note(message="devices.connecting", rssi_dbm=heard.rssi_dbm or self._status.rssi_dbm)
        session = BleSession(heard, self._sensor, self._emit, self._clock, self._lost)
        try:
            await session.connect()
            self._link(LinkEvent.CONNECTED)
            self._session = session
            await session.begin()
        except Exception:  # noqa: BLE001  # what a driver raises on a failing radio is not documented to be anything less
            await self._failed(session)
            return
        if self._session is session:
            self.note(connected=True, message="devices.connected", place=heard.address)
            self.note(battery_percent=await session.battery_percent())

    async def _failed(self, session: BleSession) -> None:
        await session.close()
        if self._session is session:
            self._lost()
        self._failures += 1
        self._postpone()

    def _postpone(self) -> None:
        """Look for it again after a pause that grows with the failures."""
        pause_s = BACKOFF_S * 2 ** (self._failures - 1) if self._failures < ATTEMPTS else REST_S
        self._not_before_ns = self._clock.monotonic_ns() + round(pause_s * 1e9)
        known = ((ATTEMPTS, "devices.searching"), (MOST_ATTEMPTS, "devices.cannot_connect"))
        self.note(message=next((text for most, text in known if self._failures < most), "devices.given_up"))

    def missing(self, *, ambiguous: bool) -> None:
        """Note that it was not found, or that it could be any of several; one that was given up may be tried again."""
        if self._failures >= MOST_ATTEMPTS:
            self._failures = 0
        if self._status.message != "devices.lost" or ambiguous:
            self.note(message="devices.ambiguous" if ambiguous else "devices.searching")

    async def read_battery(self) -> None:
        """Read the battery again."""
        if self._session is not None:
            self.note(battery_percent=await self._session.battery_percent())

    async def disconnect(self) -> None:
        """Stop the stream and let go."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        self.note(connected=False, message="devices.stopped")
        self._free.set()

    def _emit(self, direction: Direction, endpoint: str, t_ns: int, data: bytes) -> None:
        if direction is Direction.RX:
            self._status = replace(self._status, last_packet_ns=t_ns)
        self._sink(Packet(self.id, endpoint, direction, t_ns, data))

    def _link(self, event: LinkEvent) -> None:
        self._emit(Direction.LINK, self._sensor.notify_uuids[0], self._clock.monotonic_ns(), event.value.encode())

    def _lost(self) -> None:
        self._link(LinkEvent.LOST)
        self._session = None
        losses = self._status.losses + self._status.connected
        self.note(connected=False, message="devices.lost", losses=losses)
        self._changed()

    def note(self, **changes: object) -> None:
        """Change what `status` tells."""
        connected = changes.get("connected", self._status.connected)
        if connected != self._status.connected or self._status.since_ns is None:
            changes["since_ns"] = self._clock.monotonic_ns()
        self._status = replace(self._status, **changes)
