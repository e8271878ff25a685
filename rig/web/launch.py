"""Everything that runs while an assessment does: recording, devices, analyses, the page."""

import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rig.devices.base import DeviceError
from rig.devices.fleet import Fleet
from rig.model.clock import Clock, SystemClock
from rig.model.records import Packet
from rig.recording import RecordingError
from rig.web.access import Access
from rig.web.analyst import process_analyst
from rig.web.certificate import fingerprint, own_certificate
from rig.web.desk import Desk
from rig.web.opening import Opened, begin, resume
from rig.web.serve import listen, serve
from rig.web.server import application


@dataclass(frozen=True, slots=True)
class Told:
    """What the command line says: a set-up for a new session in `folder`, or a session to resume; the page's place."""

    setup: Path | None
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
    bound = listen(told.host, told.port)
    try:
        opened = _open(told, clock)
    except (RecordingError, DeviceError) as error:
        raise ValueError(str(error)) from error
    with process_analyst() as analyst:
        fleet = Fleet(opened.setup, lambda packet: _give(desk, packet), clock)
        desk = Desk(opened, clock, analyst, fleet.give_cue)
        if told.resumed is not None:
            desk.refresh()
        files = (None, None) if told.password is None else own_certificate(certificates, told.host)
        scheme = "http" if told.password is None else "https"
        origin = f"{scheme}://{_address(told.host)}:{bound.getsockname()[1]}"
        access = Access([origin], told.password)
        _announce(origin, access, files[0], opened, say)
        if open_browser and told.password is None:
            webbrowser.open(f"{origin}/?token={access.token}")
        fleet.start()
        try:
            with suppress(KeyboardInterrupt):
                serve(application(desk, fleet, access), bound, certificate=_text(files[0]), key=_text(files[1]))
        finally:
            fleet.stop()
            opened.recorder.close()
            say(f"The session is in {opened.folder}: rig replay {opened.folder}")


def _open(told: Told, clock: Clock) -> Opened:
    if told.resumed is not None:
        return resume(told.resumed, clock)
    if told.setup is None:
        raise ValueError("no set-up: give a rig.toml")
    return begin(told.folder, told.folder.name, told.setup.read_text(encoding="utf-8"), clock)


def _give(desk: Desk, packet: Packet) -> None:
    desk.put(packet)


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
