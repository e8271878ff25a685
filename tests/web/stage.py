"""A desk over a virtual lab whose time runs as fast as it can, up to where the test lets it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rig.battery import Action, Battery
from rig.devices.base import DeviceStatus
from rig.devices.ble_sensor import WearableStatus
from rig.model.clock import ManualClock
from rig.model.setup import Setup
from rig.virtual import DEFAULT_SETUP, PRESETS
from rig.virtual.direct import DirectLab
from rig.virtual.setup_file import write_setup
from rig.web.access import Access
from rig.web.analyst import Analyst
from rig.web.desk import Desk
from rig.web.opening import Opened, begin
from rig.web.rehearsal import Rehearsal
from rig.web.serve import listen, server
from rig.web.server import application
from tests.web.bench import Incurious

NS = 1_000_000_000
STEP_NS = 50_000_000
STEPS_A_BEAT = 60
"""Three seconds in the twentieth of one: sixty times as fast as life."""
BEGIN_NS = 5_000_000_000_000


class PromptDesk(Desk):
    """A desk at which the participant hears at once what is pressed, however fast time runs."""

    def press(self, action: Action, version: int | None = None) -> None:
        super().press(action, version)
        self.on_tick(self.state)


class Stage:
    """A lab, its desk and its time.

    Attributes
    ----------
    limit_ns
        Time runs up to here and stands still.
    port, access
        Where the page was served last, and whom it let in.
    """

    def __init__(
        self,
        folder: Path,
        person: str,
        setup: Setup = DEFAULT_SETUP,
        opened: Opened | None = None,
        clock: ManualClock | None = None,
        analyst: Analyst | None = None,
    ) -> None:
        self.clock = clock or ManualClock(BEGIN_NS)
        self.person = PRESETS[person]
        opened = opened or begin(folder, folder.name, write_setup(setup), self.clock)
        self.desk = PromptDesk(opened, self.clock, analyst or Incurious())
        self.lab = DirectLab(setup, self.person, self.desk.put, self.clock)
        self.desk.give_cue = self.lab.give_cue
        self.port = 0
        self.access: Access | None = None
        self.limit_ns = self.clock.monotonic_ns()
        self._rehearsal = Rehearsal(self.lab)
        self.lab.connect()
        self.desk.on_tick = self._tick

    def statuses(self) -> tuple[DeviceStatus, ...]:
        return tuple(self._status(device.id, device.kind) for device in self.lab.setup.devices)

    def _status(self, name: str, kind: str) -> DeviceStatus:
        lost = name in self.lab.lost
        message = "devices.lost" if lost else "devices.connected"
        if kind == "gate-timer":
            return DeviceStatus(name, kind, not lost, 0, 0, int(lost), message, "ttyACM0")
        return WearableStatus(name, kind, not lost, 0, 0, int(lost), message, "C0:00", battery_percent=87)

    def _tick(self, state: Battery) -> None:
        self._rehearsal.see(state)
        for _ in range(STEPS_A_BEAT):
            left = self.limit_ns - self.clock.monotonic_ns()
            if left <= 0:
                break
            self.clock.advance(min(STEP_NS, left))
            self.lab.advance()

    @property
    def now_ns(self) -> int:
        return self.clock.monotonic_ns()

    @contextmanager
    def served(
        self,
        *,
        again: bool = False,
        password: str | None = None,
        certificate: Path | None = None,
        key: Path | None = None,
    ) -> Iterator[str]:
        """Serve the page, or serve it again where it was; its address with the token."""
        bound = listen("127.0.0.1", self.port if again else 0)
        self.port = bound.getsockname()[1]
        origin = f"{'http' if certificate is None else 'https'}://127.0.0.1:{self.port}"
        self.access = access = self.access or Access([origin], password)
        files = {"certificate": str(certificate), "key": str(key)} if certificate else {}
        running = server(application(self.desk, self, access), **files)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        while not running.started:
            threading.Event().wait(0.01)
        try:
            yield f"{origin}/?token={access.token}"
        finally:
            running.should_exit = True
            thread.join(10)
            bound.close()
