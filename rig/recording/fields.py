"""The two compound fields of MCAP records, read without trusting their lengths."""

import struct

U32 = struct.Struct("<I")
U64 = struct.Struct("<Q")


def read_text(data: bytes, at: int, end: int) -> tuple[str, int]:
    """Read a length-prefixed string that must end by `end`, and where it ends.

    Raises
    ------
    ValueError, struct.error
        If it passes the end or is not UTF-8.
    """
    (length,) = U32.unpack_from(data, at)
    stop = at + U32.size + length
    if stop > end:
        raise ValueError(f"a text of {length} bytes passes its record's end")
    return data[at + U32.size : stop].decode(), stop


def read_entries(data: bytes, at: int, end: int) -> tuple[dict[str, str], int]:
    """Read a length-prefixed map of texts that must end by `end`, and where it ends.

    Raises
    ------
    ValueError, struct.error
        If it passes the end or its texts do not fill it.
    """
    (length,) = U32.unpack_from(data, at)
    at += U32.size
    stop = at + length
    if stop > end:
        raise ValueError(f"a map of {length} bytes passes its record's end")
    found: dict[str, str] = {}
    while at < stop:
        key, at = read_text(data, at, stop)
        found[key], at = read_text(data, at, stop)
    return found, stop
