"""A recorder killed by the kernel loses at most the last second."""

import subprocess
import sys
import time
from pathlib import Path

from rig.model.session import FaultKind
from rig.recording import read_session
from tests.recording.lab import SECOND

RECORDER = """
import sys, time
from rig.model.clock import SystemClock
from rig.model.records import Direction, Packet
from rig.model.session import SessionHeader
from rig.recording import SessionWriter

clock = SystemClock()
writer = SessionWriter.create(sys.argv[1], SessionHeader("s"), "", clock)
while True:
    t_ns = clock.monotonic_ns()
    writer.write(Packet("imu", "e", Direction.RX, t_ns, t_ns.to_bytes(8, "little")))
    print(t_ns, flush=True)
    time.sleep(0.01)
"""


def test_a_killed_recorder_loses_less_than_the_last_second(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    child = subprocess.Popen([sys.executable, "-c", RECORDER, str(folder)], stdout=subprocess.PIPE, text=True)
    with child:
        assert child.stdout is not None
        first = int(child.stdout.readline())
        time.sleep(2.6)
        child.kill()
        written = [first, *(int(line) for line in child.stdout.read().split("\n")[:-1])]
    session = read_session(folder)
    read = [record.t_ns for record in session.records]
    assert read == written[: len(read)]
    assert read[-1] - first > SECOND
    assert written[-1] - read[-1] < SECOND
    (fault,) = session.faults
    assert fault.kind is FaultKind.CUT
    assert fault.may_affect(written[-1], written[-1] + 1)
    assert not fault.may_affect(first, read[-1])
