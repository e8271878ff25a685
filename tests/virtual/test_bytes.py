"""The bytes of the virtual devices, read back by means that are not the project's own decoders."""

import binascii
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from cobs import cobs
from numpy.random import default_rng

from rig.model.records import Direction, Packet
from rig.model.setup import Course, Gate, Setup, parse_setup
from rig.virtual import DEFAULT_SETUP, PRESETS, Options, VirtualSession, run_session
from rig.virtual.clocks import Oscillator
from rig.virtual.frames import crc16, frame, schema_hash, stuff
from rig.virtual.imu import Chip, Felt
from rig.virtual.motion import GRID_S
from rig.virtual.movesense import Unit, traffic
from rig.virtual.radio import Radio, arrivals
from rig.virtual.serial_line import TIMER_BYTE_S, SerialLine, reads

Get = Callable[[str], VirtualSession]
EDGE, PONG, HEARTBEAT, CUE = (
    struct.Struct("<BBBHHQ"),
    struct.Struct("<IQQ"),
    struct.Struct("<QBHHH"),
    struct.Struct("<HBQ"),
)


def packets(session: VirtualSession, source: str, direction: Direction = Direction.RX) -> list[Packet]:
    return [r for r in session.records if isinstance(r, Packet) and r.source == source and r.direction is direction]


def good_frames(session: VirtualSession, direction: Direction = Direction.RX) -> Iterator[tuple[int, bytes]]:
    data = b"".join(packet.data for packet in packets(session, "gates", direction))
    for piece in filter(None, data.split(b"\0")):
        body = cobs.decode(piece)
        assert binascii.crc_hqx(body, 0xFFFF) == 0
        yield body[0], body[1:-2]


@pytest.mark.parametrize("length", [0, 1, 5, 253, 254, 255, 300])
def test_stuffing_equals_the_cobs_package(length: int) -> None:
    for zeros in (0.0, 0.3, 1.0):
        raw = default_rng(length).integers(1, 256, length).astype(np.uint8)
        raw[default_rng(1).random(length) < zeros] = 0
        assert stuff(raw.tobytes()) == cobs.encode(raw.tobytes())


def test_crc_check_value() -> None:
    assert crc16(b"123456789") == 0x29B1 == binascii.crc_hqx(b"123456789", 0xFFFF)


def test_ping_frame_by_hand() -> None:
    body = bytes.fromhex("8201000000")
    body += binascii.crc_hqx(body, 0xFFFF).to_bytes(2, "big")
    assert frame("PING", 1) == b"\0" + cobs.encode(body) + b"\0"
    assert len(frame("PING", 1)) == 10
    assert len(frame("PONG", 1, 2, 3)) == 26


def test_schema_hash_is_the_crc_of_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "gate-protocol.md").read_text(encoding="utf-8")
    table = next(block[1:] for block in page.split("```")[1::2] if block.startswith("\n"))  # the others are diagrams
    assert schema_hash() == binascii.crc32(table.encode())


def test_every_frame_of_a_session_decodes_and_the_sequence_is_unbroken(session: Get) -> None:
    frames = list(good_frames(session("robust")))
    assert frames[0][0] == 0x01
    assert {number for number, _ in frames} == {0x01, 0x02, 0x03, 0x04, 0x05}
    edges = [EDGE.unpack(body) for number, body in frames if number == 0x02]
    assert [edge[3] for edge in edges] == list(range(len(edges)))
    ticks = [edge[5] for edge in edges]
    assert ticks == sorted(ticks)


def test_beam_levels_alternate_and_heartbeats_agree(session: Get) -> None:
    levels = 0
    for number, body in good_frames(session("pre_frail")):
        if number == 0x02:
            gate, beam, level, *_ = EDGE.unpack(body)
            bit = 1 << (2 * gate + beam)
            assert bool(levels & bit) != bool(level)
            levels = levels | bit if level else levels & ~bit
        if number == 0x04:
            assert HEARTBEAT.unpack(body)[1] == levels


def test_a_beam_that_is_cut_at_power_up_shows_in_the_first_heartbeat() -> None:
    course = Course(gates=(Gate(0, -0.95, (1100,)), Gate(1, 4.0, (1100, 820))))
    setup = Setup(course=course, devices=DEFAULT_SETUP.devices)
    session = run_session(PRESETS["frail_walker"], seed=1, setup=setup)
    assert parse_setup(session.setup_toml) == setup
    frames = list(good_frames(session))
    beats = [HEARTBEAT.unpack(body)[1] for number, body in frames if number == 0x04]
    edges = [EDGE.unpack(body) for number, body in frames if number == 0x02]
    assert beats[0] == 1
    assert next(edge[2] for edge in edges if edge[:2] == (0, 0)) == 0
    by_beam = [[edge for edge in edges if edge[:2] == (1, beam)] for beam in (0, 1)]
    assert by_beam[0]
    assert by_beam[1][0][5] < by_beam[0][0][5], "the frame is in the hip beam before the trunk is in the upper one"


def test_every_ping_is_answered_in_order_of_cause(session: Get) -> None:
    robust = session("robust")
    asked = [struct.unpack("<I", body)[0] for n, body in good_frames(robust, Direction.TX) if n == 0x82]
    answered = [PONG.unpack(body) for n, body in good_frames(robust) if n == 0x03]
    assert [a[0] for a in answered] == asked[: len(answered)]
    assert len(asked) - len(answered) <= 1
    assert all(rx < tx for _, rx, tx in answered)


def test_reads_split_frames_and_a_slow_driver_joins_them(session: Get) -> None:
    assert any(packet.data[-1] != 0 for packet in packets(session("robust"), "gates"))
    slow = run_session(PRESETS["robust"], seed=1, options=Options(line=SerialLine(driver="ftdi")))
    pieces = [[p for p in packet.data.split(b"\0") if p] for packet in packets(slow, "gates")]
    assert any(len(frames) > 1 for frames in pieces)
    assert [body for _, body in good_frames(slow)]


def test_cue_marks_and_frames_carry_the_same_tokens(session: Get) -> None:
    robust = session("robust")
    marked = [r.data["token"] for r in robust.records if not isinstance(r, Packet) and r.kind == "cue"]
    assert marked == [CUE.unpack(body)[0] for n, body in good_frames(robust) if n == 0x05]


def test_corruption_and_loss_spoil_frames() -> None:
    faulty = Options(line=SerialLine(corrupt=2e-3, lost=5e-3))
    session = run_session(PRESETS["cannot_rise"], seed=3, options=faulty)
    data = b"".join(packet.data for packet in packets(session, "gates"))
    spoiled = 0
    for piece in filter(None, data.split(b"\0")):
        try:
            spoiled += binascii.crc_hqx(cobs.decode(piece), 0xFFFF) != 0
        except cobs.DecodeError:
            spoiled += 1
    assert spoiled > 20


def movesense_batches(session: VirtualSession) -> Iterator[tuple[int, np.ndarray]]:
    held = b""
    for packet in packets(session, "waist"):
        kind, reference, payload = packet.data[0], packet.data[1], packet.data[2:]
        if reference != 0x63 or kind == 1:
            continue
        if kind == 2:
            assert len(packet.data) == 152
            held = payload
        else:
            assert len(packet.data) == 48
            stamp, *floats = struct.unpack("<I48f", held + payload)
            values = np.array(floats).reshape(2, 8, 3)
            yield stamp, np.concatenate([values[0], np.radians(values[1])], axis=1)


def test_movesense_stream_rate_and_rest(session: Get) -> None:
    stamps, batches = zip(*movesense_batches(session("robust")), strict=True)
    steps = np.diff(stamps)
    assert steps.min() >= 76
    assert steps.max() <= 77
    assert np.mean(steps) == pytest.approx(8000 / 104, rel=1e-4)
    rest = np.concatenate(batches[2:12])
    assert np.linalg.norm(rest[:, :3], axis=1).mean() == pytest.approx(9.81, abs=0.25)
    assert np.abs(rest[:, 3:]).max() < 0.08


def test_movesense_talk(session: Get) -> None:
    sent = [packet.data for packet in packets(session("robust"), "waist", Direction.TX)]
    assert sent == [b"\x00\x01", b"\x01\x63/Meas/IMU6/104", b"\x02\x63"]
    heard = [packet.data for packet in packets(session("robust"), "waist") if packet.data[0] == 1]
    assert heard[1:] == [b"\x01\x63\x00\xc8"] * 2


def test_lost_notifications_are_absent() -> None:
    whole = run_session(PRESETS["cannot_rise"], seed=3)
    lossy = run_session(PRESETS["cannot_rise"], seed=3, options=Options(radio=Radio(lost=0.02)))
    fewer = len(packets(whole, "waist")) - len(packets(lossy, "waist"))
    assert 0.01 < fewer / len(packets(whole, "waist")) < 0.03


def test_radio_keeps_order_and_waits_through_a_stall() -> None:
    ready = np.arange(1.0, 20.0, 8 / 104)
    times = arrivals(ready, Radio(stalls=((5.0, 1.0),)), default_rng(1))
    assert (np.diff(times) >= 0).all()
    assert (times > ready).all()
    during = times[(ready > 5.0) & (ready < 5.9)]
    assert during.min() > 6.0
    assert np.median(times - ready) < 0.05


@pytest.mark.parametrize(("driver", "least", "most"), [("acm", 0.0030, 0.0060), ("ftdi", 0.0060, 0.0170)])
def test_round_trip_is_that_of_the_driver(driver: Literal["acm", "ftdi"], least: float, most: float) -> None:
    session = run_session(PRESETS["cannot_rise"], seed=2, options=Options(line=SerialLine(driver=driver)))
    written = [p.t_ns for p in packets(session, "gates", Direction.TX) if len(p.data) == 10 and p.data[2] == 0x82]
    answered = []
    pending = b""
    for packet in packets(session, "gates"):
        *whole, pending = (pending + packet.data).split(b"\0")
        answered += [packet.t_ns for piece in whole if piece and cobs.decode(piece)[0] == 0x03]
    trips = (np.array(answered) - np.array(written[: len(answered)])) / 1e9
    assert least < np.median(trips) < most


def test_setup_text_reads_back(session: Get) -> None:
    assert parse_setup(session("robust").setup_toml) == DEFAULT_SETUP


def test_a_batch_is_stamped_with_its_first_sample() -> None:
    """The body feels its own time: the first sample's value is the stamp."""
    grid = np.arange(0, 30, GRID_S)
    felt = Felt(np.stack([grid, 0 * grid, 0 * grid], axis=1), np.zeros((grid.size, 3)))
    plain = Chip(acc_noise=0, gyr_noise=0, acc_bias=0, gyr_bias=0, scale=0, mounting_deg=0)
    unit = Unit("waist", Oscillator(-100.0, 0.0, wave_ppm=0, warm_ppm=0), plain, Radio(), 0.2)
    for packet in traffic(unit, felt, 25.0, default_rng(1)):
        if packet.direction is Direction.RX and packet.data[0] == 2:
            stamp, up, ahead = struct.unpack_from("<If4xf", packet.data, 2)
            assert -ahead == pytest.approx(stamp / 1000 - 100.0, abs=0.004)
            assert up == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("ppm", [-50.0, 2000.0])
def test_the_timers_clock_runs_at_its_own_rate(ppm: float) -> None:
    session = run_session(PRESETS["cannot_rise"], seed=2, options=Options(gate_clock_ppm=ppm))
    beats, pending = [], b""
    for packet in packets(session, "gates"):
        *whole, pending = (pending + packet.data).split(b"\0")
        bodies = [cobs.decode(piece) for piece in whole if piece]
        beats += [(packet.t_ns, HEARTBEAT.unpack(b[1:-2])[0] * 500) for b in bodies if b[0] == 0x04]
    host, device = np.array(beats, dtype=float).T
    assert (np.polyfit(host - host[0], device - device[0], 1)[0] - 1) * 1e6 == pytest.approx(ppm, abs=8)


def test_nothing_is_read_before_it_has_arrived() -> None:
    sent = [(0.1 * i + 0.0003 * (i % 7), bytes(range(1, 28))) for i in range(200)]
    got = reads(sent, SerialLine(driver="ftdi"), default_rng(1))
    assert b"".join(data for _, data in got) == b"".join(data for _, data in sent)
    ends = np.concatenate([start + TIMER_BYTE_S * np.arange(1, 28) for start, _ in sent])
    last = np.cumsum([len(data) for _, data in got]) - 1
    delay = np.array([t for t, _ in got]) - ends[last]
    assert delay.min() >= 0
    assert 0.012 < delay.max() < 0.018


def test_missed_events_delay() -> None:
    ready = np.arange(1.0, 60.0, 8 / 104)
    delays = [np.mean(arrivals(ready, Radio(missed=missed), default_rng(1)) - ready) for missed in (0.0, 0.4)]
    assert delays[0] == pytest.approx(0.0175, abs=0.004)
    assert delays[1] == pytest.approx(0.0175 + 0.030 * 0.4 / 0.6, abs=0.006)
