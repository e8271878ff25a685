"""The queue between devices and the recording: in order, bounded, and never silent about what it drops."""

import threading

from rig.devices.pump import Pump
from rig.model.records import Direction, LinkEvent, Mark, Packet, Record

S = 1_000_000_000
DROPPED = LinkEvent.QUEUE_DROPPED.value.encode()


class SlowWriter:
    """Keeps what it is given; holds everything up until it is let go."""

    def __init__(self, *, open_: bool = True) -> None:
        self.kept: list[Record] = []
        self.gate = threading.Event()
        self.entered = threading.Event()
        if open_:
            self.gate.set()

    def write(self, record: Record) -> None:
        self.entered.set()
        assert self.gate.wait(10)
        self.kept.append(record)

    def tick(self) -> None:
        pass


def rx(source: str, t_ns: int) -> Packet:
    return Packet(source, "serial", Direction.RX, t_ns, b"x")


def fail(error: Exception) -> None:
    raise AssertionError(error)


def test_everything_comes_through_in_order() -> None:
    writer = SlowWriter()
    records: list[Record] = [rx("a", i) for i in range(1000)]
    with Pump(writer, fail) as pump:
        for record in records:
            pump.put(record)
    assert writer.kept == records
    assert pump.dropped == 0


def test_a_full_queue_drops_and_says_so_by_source() -> None:
    writer = SlowWriter(open_=False)
    with Pump(writer, fail, limit=2) as pump:
        pump.put(rx("a", 0))
        assert writer.entered.wait(10)
        for record in (rx("a", 1), rx("b", 2)):
            pump.put(record)
        for t_ns in (3 * S, 3 * S + 1, 4 * S, 4 * S + 5, 4 * S + 9):
            pump.put(rx("a", t_ns))
        pump.put(rx("b", 5 * S))
        pump.put(Mark("note", 6 * S))
        pump.put(Packet("a", "serial", Direction.LINK, 7 * S, b"lost"))
        writer.gate.set()
    notices = [(r.source, r.t_ns) for r in writer.kept if isinstance(r, Packet) and r.data == DROPPED]
    assert notices == [("a", 3 * S), ("a", 4 * S), ("b", 5 * S), ("a", 4 * S + 9)]
    assert [r.t_ns for r in writer.kept if not (isinstance(r, Packet) and r.data == DROPPED)] == [0, 1, 2, 6 * S, 7 * S]
    assert pump.dropped == 6


def test_a_refused_record_is_told_and_the_others_are_written() -> None:
    class Picky(SlowWriter):
        def write(self, record: Record) -> None:
            if record.t_ns == 1:
                raise ValueError("refused")
            super().write(record)

    writer, errors = Picky(), list[Exception]()
    with Pump(writer, errors.append) as pump:
        for i in range(3):
            pump.put(rx("a", i))
    assert [r.t_ns for r in writer.kept] == [0, 2]
    assert [str(error) for error in errors] == ["refused"]


def test_the_writer_ticks_though_nothing_comes() -> None:
    ticked = threading.Event()

    class Ticking(SlowWriter):
        def tick(self) -> None:
            ticked.set()

    with Pump(Ticking(), fail):
        assert ticked.wait(5)


def test_stopping_twice_does_nothing() -> None:
    pump = Pump(SlowWriter(), fail)
    pump.start()
    pump.stop()
    pump.stop()
