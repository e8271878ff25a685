"""Our own gate timer as a live device: what can be asked of it beside what it says by itself."""

from collections.abc import Callable

from firmware_protocol.gate_timer import CueRequest, Event, Info, Request, SelfTestRequest, encode
from rig.devices.base import Sink
from rig.devices.gate_talk import GateTalk, ignore
from rig.devices.serial_device import SerialDevice
from rig.devices.serial_port import Lister, Opener, open_port, usb_ports
from rig.model import setup
from rig.model.clock import Clock


class GateTimer(SerialDevice):
    """A gate timer (`rig.devices.base.Device`).

    Parameters
    ----------
    declared, sink, clock, opener, lister
        As of `SerialDevice`.
    hear
        Is given every message of the timer, in the reading thread; must return at once.
    """

    def __init__(
        self,
        declared: setup.Device,
        sink: Sink,
        clock: Clock,
        opener: Opener = open_port,
        lister: Lister = usb_ports,
        hear: Callable[[Event], None] = ignore,
    ) -> None:
        self._gate_talk = GateTalk(hear)
        super().__init__(declared, self._gate_talk, sink, clock, opener, lister)

    @property
    def info(self) -> Info | None:
        """Who the timer said it is, since its line was opened."""
        return self._gate_talk.info

    def cue(self, token: int, kind: int, delay_ms: int) -> None:
        """Ask for a start signal (1 beep, 2 light, 3 both) after a delay; the timer stamps it, CUE carries the token.

        Raises
        ------
        DeviceError
            If the timer is not connected.
        """
        self.ask(CueRequest(token, kind, delay_ms))

    def self_test(self, *, on: bool) -> None:
        """Ask for SELF_TEST messages ten times a second, or no more of them; `DeviceError` as of `cue`."""
        self.ask(SelfTestRequest(int(on)))

    def ask(self, request: Request) -> None:
        """Send a request now, from any thread; `DeviceError` as of `cue`."""
        self.send(encode(request))
