"""One time axis for all segments of a session."""

from datetime import UTC, datetime, timedelta

from rig.model.session import SegmentHeader
from rig.recording.segment import Segment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Axis:
    """The monotonic clock of the first segment, to which the others are moved.

    Segments under one boot id share a clock. Another boot's clock is moved by what the wall clock says has passed
    between its first segment's anchor and the session's first. A segment never begins before the end of the one it
    follows: where the clocks say so, or the header is lost, it is put right behind it.

    Parameters
    ----------
    first
        Header of the first segment that has one.
    """

    def __init__(self, first: SegmentHeader) -> None:
        self._first = first
        self._shifts = {first.boot_id: 0}
        self._end_ns: int | None = None

    def place(self, segment: Segment) -> tuple[int, bool]:
        """Nanoseconds to add to the segment's times, and whether its place is known; call in order of segments."""
        shift, known = self._shift(segment.header)
        begin_ns = _begin_ns(segment)
        if begin_ns is not None and self._end_ns is not None and begin_ns + shift < self._end_ns:
            shift, known = self._end_ns - begin_ns, False
        if segment.header is not None:
            self._shifts[segment.header.boot_id] = shift
        self._extend(segment, shift)
        return shift, known

    def _shift(self, header: SegmentHeader | None) -> tuple[int, bool]:
        if header is None:
            return 0, False
        if header.boot_id in self._shifts:
            return self._shifts[header.boot_id], True
        passed_ns = _wall_ns(header) - _wall_ns(self._first)
        return passed_ns + self._first.anchor_ns - header.anchor_ns, True

    def _extend(self, segment: Segment, shift: int) -> None:
        times = [record.t_ns + shift for record in segment.records]
        if segment.header is not None:
            times.append(segment.header.anchor_ns + shift)
        if self._end_ns is not None:
            times.append(self._end_ns)
        self._end_ns = max(times, default=None)


def _begin_ns(segment: Segment) -> int | None:
    if segment.header is not None:
        return segment.header.anchor_ns
    return min((record.t_ns for record in segment.records), default=None)


def _wall_ns(header: SegmentHeader) -> int:
    return (datetime.fromisoformat(header.anchor_utc) - _EPOCH) // timedelta(microseconds=1) * 1000
