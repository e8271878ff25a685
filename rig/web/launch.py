"""Everything that runs while an assessment does: recording, devices, analyses, the page."""

import webbrowser
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING

from rig.devices.base import DeviceError
from rig.devices.fleet import Fleet
from rig.model.clock import Clock, SystemClock
from rig.model.setup import Setup, parse_setup
from rig.recording import RecordingError, read_session
from rig.virtual.setup_file import write_setup
from rig.web.access import Access
from rig.web.analyst import process_analyst
from rig.web.certificate import fingerprint, own_certificate
from rig.web.desk import Desk
from rig.web.opening import Opened, begin, reopen
from rig.web.rehearsal import Rehearsal
from rig.web.serve import listen, serve
from rig.web.server import application

if TYPE_CHECKING:
    from rig.virtual.wired import WiredLab


@dataclass(frozen=True, slots=True)
class Told:
    """What the command line says.

    Attributes
    ----------
    setup, virtual, resumed
        One of them: the lab's `rig.toml`, a virtual participant, a session to go on with or to look over; a session
        of a virtual participant is gone on with by both.
    folder
        Where a new session goes.
    host, port, password
        Where the page is; a password where it is not on loopback.
    """

    setup: Path | None
    virtual: str | None
    resumed: Path | None
    folder: Path
    host: str
    port: int
    password: str | None


def launch(told: Told, certificates: Path, *, say: Callable[[str], None], open_browser: bool) -> None:
    """Run an assessment until it is interrupted.

    Raises
    ------
    ValueError
        The set-up or the session is not understood, or a device cannot be used as declared.
    OSError
        The port is taken, or the disk refuses.
    """
    clock = SystemClock()
    with ExitStack() as stack:
        bound = stack.enter_context(listen(told.host, told.port))
        try:
            before = None if told.resumed is None else parse_setup(read_session(told.resumed).setup_text)
            lab = None if told.virtual is None else stack.enter_context(_lab(told.virtual, before))
            text = _setup_text(told) if lab is None else write_setup(lab.setup)
            # Devices first: what cannot be used as declared is said before anything is recorded.
            fleet = Fleet(before or parse_setup(text), lambda packet: desk.put(packet), clock)
            opened = _open(told, clock, text)
            analyst = stack.enter_context(process_analyst())
        except (RecordingError, DeviceError) as error:
            raise ValueError(str(error)) from error
        desk = Desk(opened, clock, analyst, fleet.give_cue)
        if lab is not None:
            desk.on_tick = Rehearsal(lab).see
        if told.resumed is not None:
            desk.refresh()
        _serve(told, desk, fleet, bound, certificates, say=say, open_browser=open_browser)


def _serve(
    told: Told,
    desk: Desk,
    fleet: Fleet,
    bound: socket,
    certificates: Path,
    *,
    say: Callable[[str], None],
    open_browser: bool,
) -> None:
    files = (None, None) if told.password is None else own_certificate(certificates, told.host)
    scheme = "http" if told.password is None else "https"
    origin = f"{scheme}://{_address(told.host)}:{bound.getsockname()[1]}"
    access = Access([origin], told.password)
    _announce(origin, access, files[0], desk.opened, say)
    if open_browser and told.password is None:
        webbrowser.open(f"{origin}/?token={access.token}")
    if not desk.state.closed:
        fleet.start()
    try:
        with suppress(KeyboardInterrupt):
            serve(application(desk, fleet, access), bound, certificate=_text(files[0]), key=_text(files[1]))
    finally:
        fleet.stop()
        desk.close()
        say(f"The session is in {desk.opened.folder}: rig replay {desk.opened.folder}")


def _lab(person: str, before: Setup | None) -> "AbstractContextManager[WiredLab]":
    """The virtual lab: heavy, and there only where it was installed; where it was before, if it was."""
    from tempfile import mkdtemp

    from rig.virtual import DEFAULT_SETUP, PRESETS
    from rig.virtual.wired import wired_lab

    timer = None if before is None else before.timer
    port = Path(mkdtemp()) / "gates" if timer is None or timer.port is None else Path(timer.port)
    port.parent.mkdir(parents=True, exist_ok=True)
    return wired_lab(before or DEFAULT_SETUP, PRESETS[person], port)


def _setup_text(told: Told) -> str:
    if told.resumed is not None:
        return ""  # the session has it
    if told.setup is None:
        raise ValueError("no set-up: give a rig.toml")
    return told.setup.read_text(encoding="utf-8")


def _open(told: Told, clock: Clock, setup_text: str) -> Opened:
    if told.resumed is not None:
        return reopen(told.resumed, clock)
    return begin(told.folder, told.folder.name, setup_text, clock)


def _announce(
    origin: str, access: Access, certificate: Path | None, opened: Opened, say: Callable[[str], None]
) -> None:
    say(f"Recording into {opened.folder}")
    say(f"The page: {origin}/?token={access.token}  (lets in once)")
    if certificate is not None:
        say(
            f"On another host open {origin} with the password; the certificate there must be {fingerprint(certificate)}"
        )


def _address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
