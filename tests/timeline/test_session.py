"""A whole session: devices by their set-up, faults in words, facts; and the virtual lab, which is a stranger here."""

import msgspec
import pytest

from rig.model.records import LinkEvent, Packet
from rig.model.setup import Course, Device, Gate, Role, Setup
from rig.timeline import ClockQuality, Timeline, decode_session
from rig.virtual import PRESETS, run_session
from rig.virtual.lab import Options
from rig.virtual.radio import Radio
from rig.virtual.serial_line import SerialLine
from tests.timeline.lab import SETUP, Oscillator, S, Timer, Worn, link, rx, session

T0 = 9_000 * S
CLOCK = Oscillator(T0 - 60 * S)


def timer_packets(**changes: int) -> list[Packet]:
    own = Timer(CLOCK)
    own.info(T0 - S, **changes)
    own.live(T0, T0 + 20 * S)
    return own.packets


def worn_packets() -> list[Packet]:
    found: list[Packet] = []
    for name in ("back", "chest", "thigh"):
        found += Worn(CLOCK, name).packets(range(60 * 13, 80 * 13))
    return found


def faults(packets: list[Packet], setup: Setup = SETUP) -> list[str]:
    return list(decode_session(packets, setup).faults)


def test_a_sound_session_has_no_fault_and_every_device_its_facts() -> None:
    timeline = decode_session(session(timer_packets(), worn_packets()), SETUP)
    assert timeline.faults == ()
    assert set(timeline.imus) == {Role.LOWER_BACK, Role.CHEST, Role.THIGH}
    assert set(timeline.device_summaries) == {"gates", "back", "chest", "thigh"}
    assert timeline.device_summaries["back"] == {
        "packets": 520,
        "samples": 2080,
        "lost_samples": 0,
        "orphans": 0,
        "bad_length": 0,
        "duplicates": 0,
        "resets": 0,
        "links_lost": 0,
        "rate_hz": 104.0,
        "clock": "one_way",
        "clock_bound_max_us": timeline.device_summaries["back"]["clock_bound_max_us"],
        "clock_rate_ppm": 0.0,
    }
    gates = timeline.device_summaries["gates"]
    assert gates["messages"] == 41
    assert gates["exchanges"] == 20
    assert gates["crc_errors"] == gates["frame_errors"] == gates["lost_edges"] == gates["resets"] == 0


def test_facts_are_json() -> None:
    timeline = decode_session(session(timer_packets(), worn_packets()), SETUP)
    assert msgspec.json.decode(msgspec.json.encode(timeline.device_summaries)) == timeline.device_summaries


def test_a_recording_in_any_order_gives_the_same() -> None:
    packets = session(timer_packets(), worn_packets())
    now, then = (decode_session(order, SETUP) for order in (packets, packets[::-1]))
    assert now.device_summaries == then.device_summaries


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"n_gates": 2}, "it has 2 gates, rig.toml declares 4"),
        ({"schema_hash": 1}, "its message table is another one"),
        ({"protocol_major": 2}, "speaks protocol 2, the rig speaks 1"),
        ({"beams_fitted": 0b01111111}, "gate 3 beam 1 is declared in rig.toml but not fitted"),
        ({"tick_ns": 0}, "tick of 0 ns"),
    ],
)
def test_a_timer_that_is_not_the_declared_one_is_a_fault_in_words(changes: dict[str, int], words: str) -> None:
    (fault,) = faults(session(timer_packets(**changes), worn_packets()))
    assert fault.startswith("gates: ")
    assert words in fault


def test_a_tick_of_nothing_gives_no_times_and_no_crash() -> None:
    gates = decode_session(timer_packets(tick_ns=0), SETUP).gates
    assert gates is not None
    assert gates.window(T0, T0 + 10 * S, T0 + 12 * S).flags == ("no_sync",)


def test_a_fault_said_twice_is_told_once() -> None:
    own = Timer(CLOCK)
    for second in range(3):
        own.info(T0 + second * S, n_gates=2)
    assert len(faults(session(own.packets, worn_packets()))) == 1


def test_devices_that_say_nothing_are_faults() -> None:
    found = faults([])
    assert [fault.split(":")[0] for fault in found] == ["gates", "back", "chest", "thigh"]
    assert "nothing was received" in found[0]
    assert "no samples were received" in found[1]
    no_info = [p for p in timer_packets() if p.t_ns >= T0]
    assert any("never sent INFO" in fault for fault in faults(session(no_info, worn_packets())))


def test_a_refused_subscription_is_a_fault() -> None:
    endpoint = worn_packets()[0].endpoint
    refused = [rx("back", T0, b"\x01\x63\x01\xfb", endpoint)]
    assert any("refused a command with status 507" in fault for fault in faults(session(refused, timer_packets())))


def test_packets_of_a_device_that_is_not_declared_are_a_fault() -> None:
    stranger = [rx("wrist", T0, b"\x02\x63")]
    assert faults(session(timer_packets(), worn_packets(), stranger)) == [
        "wrist: sent packets but is not in rig.toml, so they are not used; declare it there"
    ]


def test_a_place_taken_twice_or_not_at_all_is_a_fault() -> None:
    more = (Device("spare", "movesense", Role.CHEST), Device("pocket", "movesense"), Device("gates2", "gate-timer"))
    setup = Setup(course=SETUP.course, devices=(*SETUP.devices, *more))
    found = faults(session(timer_packets(), worn_packets()), setup)
    assert [fault.split(":")[0] for fault in found] == ["spare", "pocket", "gates2"]


def test_without_a_timer_there_are_no_gates_and_no_fault() -> None:
    setup = Setup(course=Course(gates=(Gate(0, 0.0, (1100,)),)), devices=SETUP.devices[1:])
    timeline = decode_session(worn_packets(), setup)
    assert timeline.gates is None
    assert timeline.faults == ()


def test_lost_links_are_facts() -> None:
    links = [link("back", T0 + 5 * S, LinkEvent.LOST), link("gates", T0 + 5 * S, LinkEvent.LOST)]
    timeline = decode_session(session(timer_packets(), worn_packets(), links), SETUP)
    assert timeline.device_summaries["back"]["links_lost"] == 1
    assert timeline.device_summaries["gates"]["links_lost"] == 1


def test_unknown_link_events_are_passed_over() -> None:
    strange = replace_data(link("back", T0 + 5 * S, LinkEvent.LOST), b"dancing\xff")
    assert faults(session(timer_packets(), worn_packets(), [strange])) == []


def replace_data(packet: Packet, data: bytes) -> Packet:
    return Packet(packet.source, packet.endpoint, packet.direction, packet.t_ns, data)


# -- the virtual lab, which knows the same pages and none of this code --------------------------------------------


def virtual(options: Options) -> tuple[Timeline, list[Packet]]:
    run = run_session(next(iter(PRESETS.values())), seed=4, options=options)
    packets = [record for record in run.records if isinstance(record, Packet)]
    return decode_session(packets, SETUP_OF_LAB), packets


SETUP_OF_LAB = Setup(
    course=Course(gates=tuple(Gate(n, x, (1100,)) for n, x in enumerate((0.0, 3.0, 4.0, 6.0)))),
    devices=(Device("gates", "gate-timer"), Device("waist", "movesense", Role.LOWER_BACK)),
)


def test_the_virtual_lab_is_understood() -> None:
    timeline, packets = virtual(Options(gate_clock_ppm=2000.0, line=SerialLine(driver="ftdi")))
    assert timeline.faults == ()
    assert timeline.device_summaries["waist"]["lost_samples"] == 0
    facts = timeline.device_summaries["gates"]
    assert facts["clock_rate_ppm"] == pytest.approx(2000, abs=20)
    assert facts["lost_edges"] == facts["crc_errors"] == facts["frame_errors"] == facts["resets"] == 0
    assert timeline.gates is not None
    begin, end = packets[0].t_ns + 5 * S, packets[-1].t_ns
    whole = timeline.gates.window(begin, end, end)
    assert len(whole.edges) > 20
    assert whole.flags == ()
    for second in range(5, (end - begin) // S - 20, 20):
        part = timeline.gates.window(begin + second * S, begin + (second + 20) * S, begin + (second + 22) * S)
        assert part.flags == ()


def test_noise_on_the_virtual_lab_s_lines_is_counted_never_silent() -> None:
    noisy = Options(line=SerialLine(corrupt=2e-4, lost=0.003), radio=Radio(lost=0.01))
    clean, _ = virtual(Options())
    timeline, packets = virtual(noisy)
    back, facts = timeline.device_summaries["waist"], timeline.device_summaries["gates"]
    complete = clean.device_summaries["waist"]["samples"]
    assert isinstance(complete, int)
    assert isinstance(back["samples"], int)
    assert isinstance(back["lost_samples"], int)
    assert back["lost_samples"] > 100
    assert back["samples"] + back["lost_samples"] == pytest.approx(complete, abs=16)
    assert timeline.gates is not None
    assert clean.gates is not None
    begin, end = packets[0].t_ns, packets[-1].t_ns
    ours, theirs = (t.gates.window(begin, end, end).edges for t in (timeline, clean) if t.gates is not None)
    assert len(theirs) - len(ours) == facts["lost_edges"]
    assert facts["crc_errors"] != 0


def test_two_causes_of_a_clock_that_is_off_add_in_squares() -> None:
    clock = ClockQuality(bound_ns=3_000_000, rate_ppm=0.0, age_s=0.0, kind="one_way", delay_bound_ns=4_000_000)
    assert clock.u_ns == pytest.approx(5_000_000 / 3**0.5)
