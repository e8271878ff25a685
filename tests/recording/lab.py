"""Records and segments for the tests of this folder."""

from collections.abc import Iterable, Sequence
from io import BytesIO

from hypothesis import strategies as st

from rig.model.records import Direction, Mark, Packet, Record
from rig.model.session import SegmentHeader, SessionHeader
from rig.recording.encoder import SegmentEncoder

SECOND = 1_000_000_000
HEADER = SessionHeader("s-0001", {"sppb-rig": "0.1.0"})
SETUP = 'schema = 1\n[[devices]]\nid = "imu"\nkind = "movesense"\nrole = "lower_back"\n'
SEGMENT_HEADER = SegmentHeader(HEADER, "recording", 1, "boot-a", 0, "2026-01-01T00:00:00.000000+00:00")

_texts = st.text(st.characters(codec="utf-8"), max_size=12)
_times = st.integers(0, 5 * SECOND)
_numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
_json = st.recursive(
    st.none() | st.booleans() | _numbers | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)
packets = st.builds(Packet, _texts, _texts, st.sampled_from(Direction), _times, st.binary(max_size=40))
marks = st.builds(Mark, _texts, _times, st.none() | _texts, st.dictionaries(_texts, _json, max_size=3))
recordings: st.SearchStrategy[list[Record]] = st.lists(packets | marks, max_size=30)


def in_order(records: Iterable[Record]) -> list[Record]:
    """The records as they would have come in."""
    return sorted(records, key=lambda record: record.t_ns)


def walkers(count: int = 12, step_ns: int = SECOND // 4) -> list[Record]:
    """A small recording: two devices in both directions and marks, several chunks long."""
    records: list[Record] = []
    for index in range(count):
        t_ns = index * step_ns
        records.append(Packet("imu", "0002", Direction.RX, t_ns, bytes([index]) * 5))
        if index % 3 == 0:
            records.append(Packet("gates", "serial", Direction.TX, t_ns + 1, b"ping %d" % index))
        if index % 4 == 0:
            records.append(Mark("note", t_ns + 2, None, {"text": f"n{index}"}))
    return records


def encoded(records: Sequence[Record], header: SegmentHeader = SEGMENT_HEADER, *, closed: bool = True) -> bytes:
    """A segment's bytes; an open one ends behind its last chunk, as after a kill."""
    stream = BytesIO()
    encoder = SegmentEncoder(stream, header, SETUP)
    for record in records:
        encoder.add(record)
        if encoder.due(record.t_ns):
            encoder.end_chunk()
    if closed:
        encoder.finish()
    else:
        encoder.end_chunk()
    return stream.getvalue()
