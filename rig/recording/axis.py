"""One time axis for all segments of a session."""

from rig.model.session import SegmentHeader
from rig.recording.segment import Segment


class Axis:
    """The monotonic clock of the first segment, to which the others are moved.

    Segments under one boot id share a clock and are all moved alike. Another boot's clock is moved by what the wall
    clock says has passed between its first segment's anchor and the session's first. Should that put it before the
    end of the segment it follows (the wall clock was set back), or is the header lost, its place is not known: it
    is then put right behind that end, since no segment can begin before.

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
        header = segment.header
        if header is not None and header.boot_id in self._shifts:
            shift, known = self._shifts[header.boot_id], True
        elif header is not None:
            shift, known = self._behind(header.anchor_ns, self._passed_ns(header))
            self._shifts[header.boot_id] = shift
        else:
            shift, _ = self._behind(min((record.t_ns for record in segment.records), default=0), 0)
            known = False
        self._extend(segment, shift)
        return shift, known

    def _passed_ns(self, header: SegmentHeader) -> int:
        passed_ns = header.wall_ns - self._first.wall_ns
        return passed_ns + self._first.anchor_ns - header.anchor_ns

    def _behind(self, begin_ns: int, shift: int) -> tuple[int, bool]:
        """Keep the shift if the segment then begins behind all before it, else the least that puts it there."""
        if self._end_ns is None or begin_ns + shift >= self._end_ns:
            return shift, True
        return self._end_ns - begin_ns, False

    def _extend(self, segment: Segment, shift: int) -> None:
        times = [record.t_ns + shift for record in segment.records]
        if segment.header is not None:
            times.append(segment.header.anchor_ns + shift)
        if self._end_ns is not None:
            times.append(self._end_ns)
        self._end_ns = max(times, default=None)
