"""The bottles: thirty lifts counted by a sensor at the wrist, seen at the desk and told by the operator."""

from pathlib import Path

import numpy as np
import pytest

from rig.model.clock import ManualClock
from rig.model.records import Direction, LinkEvent, Mark, Packet
from rig.model.setup import Device, Role, Setup
from rig.recording import read_session
from rig.virtual.movesense import DATA, DATA_PART2, NOTIFY, OK, RESPONSE, SPLIT, STREAM_REF, SUBSCRIBE, WRITE
from rig.virtual.setup_file import write_setup
from rig.web.frames import live_frame, state_frame
from rig.web.opening import begin
from tests.rig_signal.test_lifts import RATE_HZ, angles, worn
from tests.web.bench import Bench

NS = 1_000_000_000
BATCH = 8
SETUP = Setup(devices=(Device("arm", "movesense", Role.WRIST),))


def radio(degrees: np.ndarray, start_ns: int) -> list[Packet]:
    """What a Movesense at the wrist sends of an elbow's angles, a batch at a time."""
    imu = worn(degrees)
    assert imu.gyr is not None
    command = bytes([SUBSCRIBE, STREAM_REF]) + f"/Meas/IMU6/{RATE_HZ:.0f}".encode()
    found = [
        Packet("arm", "", Direction.LINK, start_ns, LinkEvent.CONNECTED.value.encode()),
        Packet("arm", WRITE, Direction.TX, start_ns, command),
        Packet("arm", NOTIFY, Direction.RX, start_ns, bytes([RESPONSE, STREAM_REF]) + OK),
    ]
    for at in range(0, len(degrees) - BATCH, BATCH):
        values = np.stack([imu.acc[at : at + BATCH], np.degrees(imu.gyr[at : at + BATCH])]).astype("<f4")
        payload = round(1000 * at / RATE_HZ).to_bytes(4, "little") + values.tobytes()
        t_ns = start_ns + round((at + BATCH) / RATE_HZ * NS)
        parts = bytes([DATA, STREAM_REF]) + payload[:SPLIT], bytes([DATA_PART2, STREAM_REF]) + payload[SPLIT:]
        found += [Packet("arm", NOTIFY, Direction.RX, t_ns, part) for part in parts]
    return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """At the bottles, with somebody who lifts twelve times, rests, and lifts five times."""
    clock = ManualClock(1_000 * NS)
    way = np.concatenate([angles(12, 2.0, 90.0, rest_s=3.0), angles(5, 2.5, 80.0, rest_s=3.0)])
    bench = Bench(begin(tmp_path / "s", "s1", write_setup(SETUP), clock), clock, tuple(radio(way, 1_000 * NS)))
    bench.press("participant", id="p1")
    bench.press("go", step="bottle")
    return bench


def _count(bench: Bench) -> int | None:
    return None if bench.desk.lifts is None else bench.desk.lifts.count


def test_lifts_are_counted_from_the_press_on(bench: Bench) -> None:
    assert state_frame(bench.desk)["wrist"] is True
    bench.wait(1)
    assert live_frame(bench.desk, (), "")["lifts"] is None
    bench.press("count")
    counts = []
    while len(bench.packets) > 0:
        bench.wait(2)
        counts.append(0 if bench.desk.lifts is None else bench.desk.lifts.count)
    bench.wait(2)
    assert counts == sorted(counts)
    assert bench.desk.lifts is not None
    assert (bench.desk.lifts.count, bench.desk.lifts.quality) == (17, ())
    bench.press("bottle", millilitres=400, lifts=17, counted_by="wrist")
    bench.wait(0.1)
    assert _count(bench) is None
    bench.desk.close()
    told = [r for r in read_session(bench.desk.opened.folder).records if isinstance(r, Mark) and r.kind == "bottle"]
    assert told[0].data == {"millilitres": 400, "lifts": 17, "counted_by": "wrist"}


def test_counting_anew_begins_at_none(bench: Bench) -> None:
    bench.press("count")
    bench.wait(29)
    bench.press("count")
    bench.desk.tick()
    assert _count(bench) is None
    bench.wait(25)
    assert _count(bench) == 5
    bench.desk.close()
