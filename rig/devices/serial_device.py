"""A device on a serial line: finds its port, reads in one thread, and comes back after the cable was pulled."""

import threading
from collections.abc import Sequence
from typing import Protocol

from msgspec.structs import replace

from rig.devices.base import DeviceError, DeviceStatus, Sink
from rig.devices.serial_port import Lister, Opener, PortError, Transport, open_port, usb_ports
from rig.model import setup
from rig.model.clock import Clock
from rig.model.records import Direction, LinkEvent, Packet

ENDPOINT = "serial"
RETRY_S = 0.5
"""Between two looks for a port."""


class Talk(Protocol):
    """What is said on the line, without the line: bytes and host times in, bytes to send out."""

    @property
    def baud(self) -> int:
        """Bits per second."""
        ...

    @property
    def patience_ns(self) -> int:
        """How long after opening the device may take to say who it is."""
        ...

    @property
    def known(self) -> bool:
        """Whether it is certain that the right device is at the other end."""
        ...

    def opened(self, t_ns: int) -> None:
        """Begin anew: the line was opened."""
        ...

    def heard(self, data: bytes, t_ns: int) -> bool:
        """Take what was read; tell whether the device restarted in it."""
        ...

    def due(self, t_ns: int) -> Sequence[bytes]:
        """What is to be sent now."""
        ...

    def message(self, t_ns: int) -> str:
        """Id of the text that says how it goes, while the line is open."""
        ...


class SerialDevice:
    """A device on a serial line (`rig.devices.base.Device`).

    Its thread opens the declared port, or tries the likely ports one by one until a device says that it is the right
    one. Until then packets are held back, so that nothing of a foreign device gets into a recording. When the line is
    gone it begins again, for as long as it is not stopped.

    Parameters
    ----------
    declared
        The device in `rig.toml`.
    talk
        What is said on the line.
    sink
        Takes the packets, in the reading thread (those of `send`: in the caller's).
    clock
        Stamps them.
    opener, lister
        The seam to the operating system.

    Attributes
    ----------
    error
        Why the port could not be opened the last time; None when it could.
    """

    def __init__(
        self,
        declared: setup.Device,
        talk: Talk,
        sink: Sink,
        clock: Clock,
        opener: Opener = open_port,
        lister: Lister = usb_ports,
    ) -> None:
        self._declared = declared
        self._talk = talk
        self._sink = sink
        self._clock = clock
        self._opener = opener
        self._lister = lister
        self.error: str | None = None
        self._stop = threading.Event()
        self._connection: _Connection | None = None
        self._status = DeviceStatus(declared.id, declared.kind, False, None, None, 0, "devices.stopped")
        self._thread = threading.Thread(target=self._run, name=f"serial {declared.id}", daemon=True)

    @property
    def id(self) -> str:
        """As declared."""
        return self._declared.id

    @property
    def kind(self) -> str:
        """As declared."""
        return self._declared.kind

    def start(self) -> None:
        """Begin to search, in a thread."""
        self._note(connected=False, message="devices.searching")
        self._thread.start()

    def stop(self) -> None:
        """Let go of the port and end the thread."""
        self._stop.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def status(self) -> DeviceStatus:
        """How it is doing now."""
        status, connection = self._status, self._connection
        if connection is None:
            return status
        message = self._talk.message(self._clock.monotonic_ns())
        return replace(status, message=message, last_packet_ns=connection.last_ns or status.last_packet_ns)

    def send(self, data: bytes) -> None:
        """Send something now, from any thread.

        Raises
        ------
        DeviceError
            If the device is not connected.
        """
        connection = self._connection
        if connection is None or not self._talk.known:
            raise DeviceError(f"{self.id}: not connected, so nothing can be sent to it; check its cable")
        connection.write(data)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                for port in self._ports():
                    if not self._stop.is_set():
                        self._visit(port)
                self._stop.wait(RETRY_S)
        finally:
            self._note(connected=False, message="devices.stopped")

    def _ports(self) -> list[str]:
        """The declared port, or those where the device may be: where it was last, first."""
        if self._declared.port is not None:
            return [self._declared.port]
        found = [port.port for port in self._lister() if port.likely]
        return sorted(found, key=lambda port: port != self._status.place)

    def _visit(self, port: str) -> None:
        """Be at one port for as long as the device is there."""
        try:
            line = self._opener(port, self._talk.baud)
        except PortError as refused:
            self.error = str(refused)
            searching = self._declared.port is None
            self._note(connected=False, message="devices.searching" if searching else "devices.cannot_open")
            return
        self.error = None
        self._connection = connection = _Connection(self.id, line, self._sink, self._clock)
        try:
            self._listen(connection, port)
        except PortError:
            self._lost(connection)
        finally:
            self._connection = None
            line.close()

    def _listen(self, connection: "_Connection", port: str) -> None:
        """Read and answer until the device is stopped, the line is gone, or nobody here is who should be."""
        opened_ns = connection.link(LinkEvent.CONNECTED)
        self._talk.opened(opened_ns)
        while not self._stop.is_set():
            if received := connection.read():
                self._take(connection, *received)
            now_ns = self._clock.monotonic_ns()
            for data in self._talk.due(now_ns):
                connection.write(data)
            if self._talk.known and not self._status.connected:
                connection.release()
                self._note(connected=True, message="devices.connected", place=port)
            if not connection.released and now_ns - opened_ns > self._talk.patience_ns:
                if self._declared.port is None:
                    return
                connection.release()

    def _take(self, connection: "_Connection", data: bytes, t_ns: int) -> None:
        """Put the news of a restart before the bytes that tell of it: nothing is joined across it."""
        if self._talk.heard(data, t_ns):
            connection.link(LinkEvent.RESET, t_ns)
        connection.emit(Direction.RX, t_ns, data)

    def _lost(self, connection: "_Connection") -> None:
        if connection.released:
            connection.link(LinkEvent.LOST)
        lost = self._status.connected
        self._note(connected=False, message="devices.lost" if lost else "devices.searching", losses=int(lost))

    def _note(self, *, connected: bool, message: str, place: str | None = None, losses: int = 0) -> None:
        old, connection = self._status, self._connection
        self._status = DeviceStatus(
            id=self.id,
            kind=self.kind,
            connected=connected,
            since_ns=self._clock.monotonic_ns() if connected != old.connected or old.since_ns is None else old.since_ns,
            last_packet_ns=(connection.last_ns if connection else None) or old.last_packet_ns,
            losses=old.losses + losses,
            message=message,
            place=old.place if place is None else place,
        )


class _Connection:
    """One opening of the line: stamps what comes and goes, and holds it back until it is released."""

    def __init__(self, source: str, line: Transport, sink: Sink, clock: Clock) -> None:
        self.last_ns: int | None = None
        self.released = False
        self._source = source
        self._line = line
        self._sink = sink
        self._clock = clock
        self._held: list[Packet] = []
        self._writing = threading.Lock()
        self._giving = threading.Lock()

    def read(self) -> tuple[bytes, int] | None:
        """What came, and when; None if nothing did."""
        data = self._line.read()
        t_ns = self._clock.monotonic_ns()
        if not data:
            return None
        self.last_ns = t_ns
        return data, t_ns

    def write(self, data: bytes) -> None:
        """Send, stamped before the first byte goes."""
        with self._writing:
            t_ns = self._clock.monotonic_ns()
            self._line.write(data)
            self.emit(Direction.TX, t_ns, data)

    def link(self, event: LinkEvent, t_ns: int | None = None) -> int:
        """Say what happened to the connection, now or at a time; gives the time."""
        t_ns = self._clock.monotonic_ns() if t_ns is None else t_ns
        self.emit(Direction.LINK, t_ns, event.value.encode())
        return t_ns

    def emit(self, direction: Direction, t_ns: int, data: bytes) -> None:
        """Give a packet to the sink, or hold it."""
        packet = Packet(self._source, ENDPOINT, direction, t_ns, data)
        with self._giving:
            if self.released:
                self._sink(packet)
            else:
                self._held.append(packet)

    def release(self) -> None:
        """Give what was held, in order; from now on nothing is."""
        with self._giving:
            for packet in self._held:
                self._sink(packet)
            self._held.clear()
            self.released = True
