"""The air between virtual BLE controllers: data wait for connection events, which may be missed or cease.

What a link loses it sends again, so a bad link shows as delay and bursts, never as a hole; only the end of a
connection loses what waits. (bumble's own link delivers at once and knows neither distance nor time.)
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bumble import hci, ll
from bumble.controller import Connection, Controller
from bumble.core import PhysicalTransport
from bumble.link import LocalLink
from numpy.random import Generator

from rig.virtual.radio import Radio

SUPERVISION_S = 2.0
"""Silence after which both ends give a connection up."""


class RadioLink(LocalLink):
    """A link of `radio`'s rules. `stall` and `set_range` disturb one controller's connections while they run."""

    def __init__(self, radio: Radio, rng: Generator) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # bumble leaves it untyped
        self._radio = radio
        self._rng = rng
        self._lanes: dict[tuple[hci.Address, hci.Address], _Lane] = {}
        self._silent: dict[Controller, object] = {}
        self._stalled_until: dict[Controller, float] = {}

    def stall(self, controller: Controller, seconds: float) -> None:
        """No connection event of this controller succeeds for a while."""
        self._stalled_until[controller] = asyncio.get_running_loop().time() + seconds

    def set_range(self, controller: Controller, *, within: bool) -> None:
        """Carry a controller out of range, or back."""
        if within:
            self._silent.pop(controller, None)
            return
        token = self._silent[controller] = object()
        asyncio.get_running_loop().call_later(SUPERVISION_S, self._supervise, controller, token)

    def waiting(self, controller: Controller) -> int:
        """How many packets this controller has not got rid of yet."""
        return sum(len(lane.queue) for lane in self._lanes.values() if lane.connection.controller is controller)

    def _supervise(self, controller: Controller, token: object) -> None:
        if self._silent.get(controller) is not token:
            return
        for connection in list(controller.le_connections.values()):
            self._end(self._across(connection))
            self._end(connection)

    def _across(self, connection: Connection) -> Connection | None:
        peer = self.find_le_controller(connection.peer_address)
        return peer.le_connections.get(connection.self_address) if peer else None

    @staticmethod
    def _end(connection: Connection | None) -> None:
        if connection is not None:
            connection.controller.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    def send_acl_data(
        self, sender_controller: Controller, destination_address: hci.Address, transport: PhysicalTransport, data: bytes
    ) -> None:
        """Queue data for the next connection events."""
        connection = sender_controller.le_connections.get(destination_address)
        if connection is None or transport is not PhysicalTransport.LE:
            return
        key = (connection.self_address, destination_address)
        lane = self._lanes.get(key)
        if lane is None or lane.connection is not connection:
            lane = self._lanes[key] = _Lane(connection, self._radio, self._rng, self._hears, self._deliver)
        lane.send(data)

    def _hears(self, connection: Connection) -> bool:
        ends = (connection.controller, self.find_le_controller(connection.peer_address))
        now = asyncio.get_running_loop().time()
        return not any(end in self._silent or self._stalled_until.get(end, 0.0) > now for end in ends if end)

    def _deliver(self, connection: Connection, data: bytes) -> None:
        peer = self.find_le_controller(connection.peer_address)
        if peer is not None and connection.self_address in peer.le_connections:
            peer.on_link_acl_data(connection.self_address, PhysicalTransport.LE, data)

    def send_advertising_pdu(self, sender_controller: Controller, packet: ll.AdvertisingPdu) -> None:
        """Let the controllers in range hear an advertisement or a connection request."""
        if sender_controller in self._silent:
            return
        loop = asyncio.get_running_loop()
        for other in self.controllers:
            if other is not sender_controller and other not in self._silent:
                loop.call_soon(other.on_ll_advertising_pdu, packet)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        """Pass a control packet on, unless either end is out of range."""
        ends = (self.find_le_controller(sender_address), self.find_le_controller(receiver_address))
        if ends[1] is not None and not any(end in self._silent for end in ends if end):
            asyncio.get_running_loop().call_soon(ends[1].on_ll_control_pdu, sender_address, packet)


@dataclass(slots=True)
class _Lane:
    """One direction of one connection."""

    connection: Connection
    radio: Radio
    rng: Generator
    hears: Callable[[Connection], bool]
    deliver: Callable[[Connection, bytes], None]
    queue: deque[bytes] = field(default_factory=deque)
    anchor_s: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    timer: asyncio.TimerHandle | None = None

    def send(self, data: bytes) -> None:
        self.queue.append(data)
        if self.timer is None:
            self._arm()

    def _arm(self) -> None:
        loop = asyncio.get_running_loop()
        events = (loop.time() - self.anchor_s) // self.radio.interval_s + 1
        self.timer = loop.call_at(self.anchor_s + events * self.radio.interval_s, self._event)

    def _event(self) -> None:
        self.timer = None
        connection = self.connection
        if connection.controller.le_connections.get(connection.peer_address) is not connection:
            self.queue.clear()
        elif self.hears(connection) and self.rng.random() >= self.radio.missed:
            for _ in range(min(self.radio.per_event, len(self.queue))):
                self.deliver(connection, self.queue.popleft())
        if self.queue:
            self._arm()
