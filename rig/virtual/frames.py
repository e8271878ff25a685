"""The gate timer's frames, written from docs/gate-protocol.md: the virtual timer's own encoder."""

import struct
import zlib

MESSAGES = (
    (0x01, "INFO", "BBBBIIBBHQ8H"),
    (0x02, "EDGE", "BBBHHQ"),
    (0x03, "PONG", "IQQ"),
    (0x04, "HEARTBEAT", "QBHHH"),
    (0x05, "CUE", "HBQ"),
    (0x06, "SELF_TEST", "QBB8B"),
    (0x07, "ERROR", "BBQ"),
    (0x81, "HELLO", "BB"),
    (0x82, "PING", "I"),
    (0x83, "CUE_REQUEST", "HBH"),
    (0x84, "SELF_TEST_REQUEST", "B"),
)
_LAYOUT = {name: (number, struct.Struct("<" + layout)) for number, name, layout in MESSAGES}


def schema_hash() -> int:
    """CRC-32 of the list of messages, as the page says."""
    return zlib.crc32("".join(f"{number:02x} {name} {layout}\n" for number, name, layout in MESSAGES).encode())


def crc16(data: bytes) -> int:
    """CRC-16/IBM-3740, bit by bit."""
    register = 0xFFFF
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ (0x1021 if register & 0x8000 else 0)
        register &= 0xFFFF
    return register


def stuff(data: bytes) -> bytes:
    """COBS: every zero becomes the distance to the next one."""
    blocks = (data + b"\0").split(b"\0")[:-1]
    out = bytearray()
    for i, block in enumerate(blocks):
        rest = block
        while len(rest) >= 254:
            out += b"\xff" + rest[:254]
            rest = rest[254:]
            if not rest and i == len(blocks) - 1:
                return bytes(out)
        out += bytes([len(rest) + 1]) + rest
    return bytes(out)


def frame(name: str, *fields: int) -> bytes:
    """A whole frame, both delimiters included."""
    number, layout = _LAYOUT[name]
    body = bytes([number]) + layout.pack(*fields)
    return b"\0" + stuff(body + crc16(body).to_bytes(2, "big")) + b"\0"
