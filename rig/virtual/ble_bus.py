"""A private D-Bus: `dbus-daemon` on a socket of its own, so that no real Bluetooth service is ever spoken to."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DAEMON = "dbus-daemon"
_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def bus_missing() -> str | None:
    """What to install where the daemon is not there."""
    return None if shutil.which(DAEMON) else f"{DAEMON} is not installed: apt-get install dbus"


@contextmanager
def private_bus() -> Iterator[str]:
    """Address of a bus that lives as long as the context.

    Raises
    ------
    RuntimeError
        The daemon is not installed or does not start.
    """
    if missing := bus_missing():
        raise RuntimeError(missing)
    with tempfile.TemporaryDirectory(prefix="rig-bus-") as folder:
        config = Path(folder) / "bus.conf"
        config.write_text(_CONFIG.format(socket=Path(folder) / "bus"))
        command = [DAEMON, "--nofork", "--print-address", f"--config-file={config}"]
        # In a session of its own: Ctrl-C is for the rig, which lets go of the bus before it ends.
        with subprocess.Popen(  # noqa: S603  # a fixed command
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
        ) as daemon:
            try:
                yield _address(daemon)
            finally:
                daemon.terminate()


def _address(daemon: subprocess.Popen[str]) -> str:
    address = daemon.stdout.readline().strip() if daemon.stdout else ""
    if not address:
        raise RuntimeError(f"{DAEMON} did not start: run it by hand to see why")
    return address
