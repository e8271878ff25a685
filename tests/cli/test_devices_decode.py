"""`rig devices decode`: one object a line, noise counted, and a clear line for a file that cannot be read."""

import json
import math
import struct
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol.gate_timer import MESSAGES, Edge, Heartbeat, Info, Ping, encode
from firmware_protocol.wearables import WEARABLES
from firmware_protocol.wearables.movesense import NOTIFY_UUID, WRITE_UUID, Movesense
from rig.cli import main
from rig.cli.decoders import DECODERS, Answer
from rig.cli.decoders.wearables import WearableStream

TIMERS = {
    "alge-timy": b" 0007 C0M 09:15:02.1234 00",
    "tag-heuer-cp": b"TN 0016 0072 M5 12:13:56.7800 12345 06F6",
    "microgate": b"  R  SO000001000070000010000000090807123405062026",
}


def decode(device: str, file: str | Path, data: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["devices", "decode", "--device", device, str(file)], input=data)


def answers(result: Result) -> list[Any]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def jsonl(*packets: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(packet).encode() + b"\n" for packet in packets)


def notification(ms: int, *, samples: int = 2, reference: int = 0x63, first: float = 1.0) -> str:
    """A whole IMU6 block; every value tells its place, and the first can be set."""
    values = [first, *(i / 4 for i in range(1, samples * 6))]
    return (bytes([2, reference]) + struct.pack(f"<I{samples * 6}f", ms, *values)).hex()


def test_the_object_of_a_timer_line_is_exactly_this() -> None:
    (answer,) = answers(decode("alge-timy", "-", TIMERS["alge-timy"] + b"\r"))
    assert answer == {
        "channel": "C0",
        "time_of_day_us": 33_302_123_400,
        "kind": "manual",
        "number": 7,
        "raw": " 0007 C0M 09:15:02.1234 00",
    }
    assert list(answer) == ["channel", "time_of_day_us", "kind", "number", "raw"]


@pytest.mark.parametrize("device", TIMERS)
def test_a_timer_goes_on_after_noise_and_counts_it(device: str, tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    path.write_bytes(b"noise\r" + TIMERS[device] + b"\r\x00\x01\xfe" + TIMERS[device] + b"\rmore noise\r")
    result = decode(device, path)
    first, second = answers(result)
    assert first["time_of_day_us"] == second["time_of_day_us"] is not None
    assert second["raw"] == "\x00\x01\xfe" + TIMERS[device].decode()
    assert result.stderr == f"{path}: warning: 5 passed over or doubtful (stray_bytes 3, unknown_line 2)\n"


@pytest.mark.parametrize("device", TIMERS)
def test_a_clean_dump_warns_of_nothing(device: str) -> None:
    result = decode(device, "-", TIMERS[device])
    assert len(answers(result)) == 1
    assert result.stderr == ""


@pytest.mark.parametrize("device", DECODERS)
@pytest.mark.parametrize("missing", ["nothing-here", "."])
def test_a_file_that_cannot_be_read(device: str, missing: str, tmp_path: Path) -> None:
    result = decode(device, tmp_path / missing)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "cannot be read" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("device", DECODERS)
def test_nothing_but_noise(device: str) -> None:
    noise = bytes(range(256)) * 20
    result = decode(device, "-", noise)
    assert answers(result) == []
    assert "passed over" in result.stderr


@pytest.mark.parametrize("device", DECODERS)
def test_an_empty_file_holds_nothing(device: str) -> None:
    result = decode(device, "-", b"")
    assert answers(result) == []
    assert result.stderr == ""


def test_an_unknown_device_is_refused() -> None:
    assert decode("sundial", "-", b"").exit_code == 2


def test_our_own_timer() -> None:
    edge = Edge(gate=1, beam=0, level=1, sequence=7, overruns=0, ticks=2**40)
    result = decode("gate-timer", "-", encode(edge) + encode(edge))
    assert (
        answers(result)
        == [{"name": "EDGE", "gate": 1, "beam": 0, "level": 1, "sequence": 7, "overruns": 0, "ticks": 2**40}] * 2
    )
    assert result.stderr == ""


def test_every_message_of_our_own_timer_has_its_name_and_fields() -> None:
    rows = [layout for layout in MESSAGES if layout.id < 0x80]
    data = b"".join(encode(layout.unpack(bytes(1 + layout.size))) for layout in rows)
    found = answers(decode("gate-timer", "-", data))
    assert [list(answer) for answer in found] == [["name", *(name for name, _ in layout.formats)] for layout in rows]
    assert [answer["name"] for answer in found] == [layout.name for layout in rows]
    assert next(a for a in found if a["name"] == "INFO")["height_mm"] == [0] * 8


def test_our_own_timer_with_a_broken_frame_and_a_foreign_one() -> None:
    beat = encode(Heartbeat(ticks=5, levels=0, next_sequence=9, overruns=0, rx_errors=0))
    broken = bytearray(beat)
    broken[3] ^= 0x40  # the ticks, not a code of the stuffing
    result = decode("gate-timer", "-", beat + bytes(broken) + encode(Ping(1)) + beat[:-1])
    assert [answer["next_sequence"] for answer in answers(result)] == [9, 9]
    assert result.stderr == "-: warning: 2 passed over or doubtful (bad_crc 1, unknown_id 1)\n"


def test_half_a_frame_at_the_end_is_counted() -> None:
    info = encode(Info(1, 0, 1, 0, 0, 0, 1, 1, 500, 0, (0,) * 8))
    result = decode("gate-timer", "-", info + info[:-6])
    assert len(answers(result)) == 1
    assert "1 passed over" in result.stderr


def test_movesense_samples() -> None:
    device = Movesense()
    data = jsonl(
        {"t_ns": 1, "hex": device.start()[-1].data.hex(), "char": WRITE_UUID, "write": True},
        {"t_ns": 10_000_000, "hex": notification(1000), "char": NOTIFY_UUID.upper()},
        {"t_ns": 30_000_000, "hex": notification(1020)},
    )
    result = decode("movesense", "-", data)
    found = answers(result)
    assert [answer["device_time_s"] for answer in found] == pytest.approx([1.0, 1.01, 1.02, 1.02 + 1 / 104])
    assert found[1] == {
        "device_time_s": 1.01,
        "acc": [0.75, 1.0, 1.25],
        "gyr": [math.radians(v) for v in (2.25, 2.5, 2.75)],
        "flags": [],
    }
    assert result.stderr == ""


def test_movesense_data_are_read_as_the_subscription_says() -> None:
    block = bytes([2, 9]) + struct.pack("<I18f", 1000, *range(18))
    subscription = {"hex": Movesense("/Meas/IMU9/52", 9).start()[-1].data.hex(), "write": True}
    found = answers(decode("movesense", "-", jsonl(subscription, {"hex": block.hex()})))
    assert [answer["acc"] for answer in found] == [[0, 1, 2], [3, 4, 5]]
    assert [answer["device_time_s"] for answer in found] == pytest.approx([1.0, 1.0 + 1 / 52])
    foreign = {**subscription, "char": NOTIFY_UUID}
    assert answers(decode("movesense", "-", jsonl(foreign, {"hex": block.hex()}))) == []


def test_movesense_without_host_times_as_with_them() -> None:
    blocks = [1000 + 20 * i for i in range(20)]
    with_times = jsonl(*({"t_ns": ms * 1_000_000, "hex": notification(ms)} for ms in blocks))
    without = jsonl(*({"t_ns": None, "hex": notification(ms)} for ms in blocks))
    assert answers(decode("movesense", "-", with_times)) == answers(decode("movesense", "-", without))


def test_movesense_flags_gaps_restarts_and_what_is_no_number() -> None:
    blocks = [*range(9000, 9200, 20), *range(9260, 9460, 20), *range(5, 205, 20)]
    packets = [
        {"t_ns": i * 20_000_000, "hex": notification(ms, first=math.nan if ms == 9020 else 1.0)}
        for i, ms in enumerate(blocks)
    ]
    result = decode("movesense", "-", jsonl(*packets))
    found = answers(result)
    assert len(found) == 2 * len(blocks)
    flagged = {round(answer["device_time_s"], 3): answer["flags"] for answer in found if answer["flags"]}
    assert flagged == {9.02: ["acc_not_finite"], 9.26: ["gap"], 0.005: ["restart"]}
    bad = next(answer for answer in found if answer["flags"] == ["acc_not_finite"])
    assert bad["acc"] is None
    assert bad["gyr"] is not None
    assert result.stderr == "-: warning: 1 passed over or doubtful (restarts 1)\n"


@pytest.mark.parametrize(("later_ns", "flags"), [(30_000_000_000, ["gap"]), (None, ["restart"])])
def test_movesense_a_long_hole_is_a_gap_where_host_times_tell(later_ns: int | None, flags: list[str]) -> None:
    data = jsonl(
        {"t_ns": 0, "hex": notification(1000)},
        {"t_ns": later_ns, "hex": notification(31_000)},
    )
    found = answers(decode("movesense", "-", data))
    assert [answer["flags"] for answer in found] == [[], [], flags, []]
    assert found[2]["device_time_s"] == 31.0


def test_movesense_goes_on_after_bad_lines_and_counts_them() -> None:
    data = (
        b"{not json}\n\n" + b'{"t_ns": 1, "hex": "0xzz"}\n' + b'{"t_ns": "now", "hex": "00"}\n' + b"x" * 200_000 + b"\n"
        + jsonl(
            {"t_ns": 2, "hex": "02"},
            {"t_ns": 2, "hex": notification(1000, reference=9)},
            {"t_ns": 2, "hex": notification(1000), "char": "2a19"},
            {"t_ns": 2, "hex": notification(1000)},
        )
    )  # fmt: skip
    result = decode("movesense", "-", data)
    assert len(answers(result)) == 2
    assert result.stderr == "-: warning: 7 passed over or doubtful (bad_line 4, other_characteristic 1, unknown 2)\n"


def stream_of(*pieces: bytes) -> list[Answer]:
    stream = WearableStream("movesense")
    early = [answer for piece in pieces for answer in stream.feed(piece)]
    return early + list(stream.finish())


def test_movesense_input_in_pieces() -> None:
    data = jsonl(*({"t_ns": ms * 1_000_000, "hex": notification(ms)} for ms in range(1000, 1200, 20)))
    whole = stream_of(data)
    assert len(whole) == 20
    assert stream_of(*(data[at : at + 1] for at in range(len(data)))) == whole
    assert stream_of(data[:-1]) == whole


def test_movesense_memory_is_bounded() -> None:
    stream = WearableStream("movesense")
    for _ in range(50):
        stream.feed(b"1" * 10_000)
    assert len(stream._pending) < 100_000


@given(packets=st.lists(st.tuples(st.none() | st.integers(), st.binary(max_size=80), st.booleans()), max_size=20))
def test_movesense_random_packets_never_crash(packets: list[tuple[int | None, bytes, bool]]) -> None:
    plain = jsonl(*({"t_ns": t, "hex": data.hex(), "write": write} for t, data, write in packets))
    as_blocks = jsonl(*({"t_ns": t, "hex": (b"\x02\x63" + data[:28].ljust(28)).hex()} for t, data, _ in packets))
    for answer in stream_of(plain + as_blocks):
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer


@pytest.mark.shared
def test_every_line_of_a_real_race_is_printed(shared_data: Path) -> None:
    path = shared_data / "timer_dumps" / "alge_u12_run2.txt"
    result = decode("alge-timy", path)
    assert [answer["raw"] for answer in answers(result)] == path.read_text(encoding="ascii").splitlines()
    assert result.stderr == ""


# -- the other wearables -----------------------------------------------------------------------------------------


def shown(device: str, *packets: dict[str, Any]) -> list[Any]:
    return answers(decode(device, "-", jsonl(*packets)))


def test_polar_streams_come_apart_by_time_and_the_answer_of_the_start_gives_the_scale() -> None:
    acc = "02" + struct.pack("<Q", 2_000_000_000).hex() + "80" + struct.pack("<3h", 4096, 0, -2048).hex()
    gyr = "05" + struct.pack("<Q", 1_990_000_000).hex() + "80" + struct.pack("<3h", 180, 0, -90).hex()
    start = {"hex": "f002020000050100008039"}, {"hex": "f00205000005010000003f"}
    found = shown("polar", *start, {"t_ns": None, "hex": acc}, {"hex": gyr})
    assert found == [
        {"device_time_s": 1.99, "acc": None, "gyr": pytest.approx([math.pi / 2, 0, -math.pi / 4]), "flags": []},
        {"device_time_s": 2.0, "acc": pytest.approx([9.80665, 0, -4.903325]), "gyr": None, "flags": []},
    ]
    assert [a["flags"] for a in shown("polar", {"hex": acc})] == [["no_scale"]]


def test_polar_as_published() -> None:
    (first, second) = shown("polar", {"t_ns": 0, "hex": "02650000000000000081f1ff1400f00306017b0f08"})
    assert [v / 9.80665 * 1000 for v in first["acc"] + second["acc"]] == pytest.approx([-15, 20, 1008, -20, 17, 1008])
    assert second["device_time_s"] == 101e-9


def test_metamotion_samples_are_counted_and_say_so() -> None:
    acc = {"hex": "031c62b7530de9fd16d04d0e57028affa1050a01"}
    found = shown("metamotion", {"hex": "03032908", "write": True}, acc, acc)
    assert [a["device_time_s"] for a in found] == pytest.approx([k / 200 for k in range(6)])
    assert found[0]["acc"] == pytest.approx([-4.539 * 9.80665, 0.833 * 9.80665, -0.131 * 9.80665], abs=0.005)
    assert all(a["flags"] == ["counted"] and a["gyr"] is None for a in found)


def test_movella_dot_without_gravity_has_no_acceleration() -> None:
    (answer,) = shown("movella-dot", {"hex": struct.pack("<I9f", 5_000_000, *range(9)).hex()})
    rate = pytest.approx([math.radians(v) for v in (6, 7, 8)])
    assert answer == {"device_time_s": 5.0, "acc": None, "gyr": rate, "flags": ["no_acc"]}


@pytest.mark.parametrize("calendar", ["", "1a06160e2901" + "1903"])
def test_witmotion_of_both_kinds(calendar: str) -> None:
    frame = "5561" + "0008000000f8" + "0040ff7f0000" + "000000000000" + calendar
    (answer,) = shown("witmotion", {"t_ns": 5, "hex": frame})
    assert answer["acc"] == pytest.approx([9.80665, 0, -9.80665])
    assert answer["gyr"] == pytest.approx([math.radians(1000), math.radians(2000), 0], abs=2e-3)
    assert answer["flags"] == (["gyr_saturated"] if calendar else ["counted", "gyr_saturated"])


def test_rig_imu_is_scaled_by_what_was_read() -> None:
    info = {"hex": "010000000000d0420000803b0000803a", "char": "7d1a0002-52b6-4c55-9c0e-3a8f2b6d41e7"}
    block = {"t_ns": 3, "hex": "1100070040420f0001" + struct.pack("<6h", 256, 0, 512, 1024, 0, -1024).hex()}
    assert shown("rig-imu", info, block) == [{"device_time_s": 1.0, "acc": [1, 0, 2], "gyr": [1, 0, -1], "flags": []}]
    assert shown("rig-imu", block)[0]["flags"] == ["no_scale"]


@pytest.mark.parametrize("device", WEARABLES)
@given(packets=st.lists(st.tuples(st.none() | st.integers(-(2**62), 2**62), st.binary(max_size=60), st.booleans())))
def test_random_packets_of_wearables_never_crash(device: str, packets: list[tuple[int | None, bytes, bool]]) -> None:
    stream = WearableStream(device)
    stream.feed(jsonl(*({"t_ns": t, "hex": data.hex(), "write": write} for t, data, write in packets)))
    for answer in stream.finish():
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer


@pytest.mark.shared
def test_a_real_witmotion_is_printed_as_it_was_recorded(shared_data: Path) -> None:
    data = (shared_data / "ble_captures" / "witmotion_part1" / "capture.bin").read_bytes()
    pieces = (data[at : at + 20].hex() for at in range(0, len(data), 20))
    result = decode("witmotion", "-", jsonl(*({"t_ns": None, "hex": piece} for piece in pieces)))
    found = answers(result)
    assert len(found) == 1098
    assert not any(answer["flags"] for answer in found)
    times = [answer["device_time_s"] - found[0]["device_time_s"] for answer in found]
    assert times == pytest.approx([k / 20 for k in range(1098)], abs=2e-7)  # what a float of 26 years can tell
    assert result.stderr == ""
