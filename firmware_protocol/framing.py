"""Frames on a serial line: COBS between zero bytes, closed by a CRC-16/IBM-3740.

A frame is ``0x00 | COBS(body | CRC, high byte first) | 0x00``; see docs/gate-protocol.md.
COBS: S. Cheshire, M. Baker, "Consistent overhead byte stuffing", IEEE/ACM Trans. Networking 7(2), 1999,
DOI 10.1109/90.769765.
"""

from binascii import crc_hqx
from dataclasses import dataclass

MAX_ENCODED = 64
"""Longest encoded frame, in bytes between the delimiters."""

_DELIMITER = b"\x00"
_CRC_BYTES = 2
_FULL_GROUP = 254


class CobsError(ValueError):
    """Bytes that no COBS encoder writes."""


def crc16(data: bytes) -> int:
    """CRC-16/IBM-3740 (poly 0x1021, init 0xFFFF, not reflected, no final XOR); ``123456789`` gives 0x29B1."""
    return crc_hqx(data, 0xFFFF)


def cobs_encode(data: bytes) -> bytes:
    """Stuff `data` so that it holds no zero byte."""
    out = bytearray()
    *closed, last = data.split(_DELIMITER)
    for group in closed:
        full, rest = _full_groups(group)
        out += full + bytes([len(rest) + 1]) + rest
    full, rest = _full_groups(last)
    # Nothing follows the last group, so after full ones an empty rest need not be told.
    out += full if full and not rest else full + bytes([len(rest) + 1]) + rest
    return bytes(out)


def _full_groups(group: bytes) -> tuple[bytes, bytes]:
    """Runs of 254 bytes, each behind its code 0xFF that stands for no zero; and the rest."""
    whole = len(group) // _FULL_GROUP * _FULL_GROUP
    runs = (group[at : at + _FULL_GROUP] for at in range(0, whole, _FULL_GROUP))
    return b"".join(b"\xff" + run for run in runs), group[whole:]


def cobs_decode(data: bytes) -> bytes:
    """Undo `cobs_encode`.

    Raises
    ------
    CobsError
        If a code points behind the end, or the data hold a zero byte.
    """
    if _DELIMITER in data:
        raise CobsError("a COBS frame holds a zero byte")
    # Each code stands where the zero before its group was; the first one, and one behind a full group, for none.
    out = bytearray(data)
    at, end, zeroless = 0, len(data), [0]
    while at < end:
        code = data[at]
        out[at] = 0
        at += code
        if code > _FULL_GROUP:
            zeroless.append(at)
    if at > end:
        raise CobsError("a COBS code points behind the end of its frame")
    for place in reversed(zeroless):
        del out[place : place + 1]
    return bytes(out)


def encode_frame(body: bytes) -> bytes:
    """Body to frame, with CRC and both delimiters.

    Raises
    ------
    ValueError
        If the encoded frame would be longer than the protocol allows.
    """
    encoded = cobs_encode(body + crc16(body).to_bytes(_CRC_BYTES, "big"))
    if len(encoded) > MAX_ENCODED:
        raise ValueError(f"a frame of {len(encoded)} encoded bytes; at most {MAX_ENCODED} are allowed")
    return _DELIMITER + encoded + _DELIMITER


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """What a `FrameReader` delivered and what it threw away, in frames.

    Attributes
    ----------
    good
        Delivered.
    empty
        Nothing between two delimiters; every second one is, since frames carry a delimiter at both ends.
    bad_cobs, bad_crc
        Refused by the stuffing or by the checksum.
    too_long, too_short
        Above `MAX_ENCODED`; without room for an id before the checksum.
    """

    good: int = 0
    empty: int = 0
    bad_cobs: int = 0
    bad_crc: int = 0
    too_long: int = 0
    too_short: int = 0


class FrameReader:
    """Finds frames in a byte stream that comes in pieces of any size, in bounded memory.

    Bytes before the first delimiter are the tail of a frame that began before the line was opened: they are
    neither delivered nor counted.
    """

    def __init__(self) -> None:
        self._pending = b""
        self._synced = False
        self._good = self._empty = self._bad_cobs = self._bad_crc = self._too_long = self._too_short = 0

    @property
    def counts(self) -> FrameCounts:
        """What was delivered and thrown away so far."""
        return FrameCounts(self._good, self._empty, self._bad_cobs, self._bad_crc, self._too_long, self._too_short)

    def resync(self) -> None:
        """Give up a half-read frame and wait for the next delimiter: after bytes are known to be missing."""
        self._synced = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take what was read; give the bodies (id and payload) of the frames that this completed."""
        *closed, rest = (self._pending + data).split(_DELIMITER)
        # One byte above the limit is enough to know that the frame is too long.
        self._pending = rest[: MAX_ENCODED + 1]
        if closed and not self._synced:
            self._synced = True
            del closed[0]
        bodies = [self._check(chunk) for chunk in closed if chunk]
        self._empty += closed.count(b"")
        return [body for body in bodies if body is not None]

    def _check(self, encoded: bytes) -> bytes | None:
        if len(encoded) > MAX_ENCODED:
            self._too_long += 1
            return None
        try:
            decoded = cobs_decode(encoded)
        except CobsError:
            self._bad_cobs += 1
            return None
        if len(decoded) <= _CRC_BYTES:
            self._too_short += 1
            return None
        # The CRC of a message followed by its own CRC, high byte first, is zero.
        if crc16(decoded):
            self._bad_crc += 1
            return None
        self._good += 1
        return decoded[:-_CRC_BYTES]
