"""The C header of the message table: `python -m firmware_protocol.generate_header` writes it anew."""

from collections.abc import Iterator
from pathlib import Path

from firmware_protocol.framing import MAX_ENCODED
from firmware_protocol.gate_timer import BAUD, BEAMS_PER_GATE, MESSAGES, PROTOCOL, SCHEMA_HASH, Layout

HEADER = Path(__file__).parent / "firmware" / "gate_timer_messages.h"

_C_TYPES = {"B": "uint8_t", "H": "uint16_t", "I": "uint32_t", "Q": "uint64_t"}


def header_text() -> str:
    """Constants, ids and packed structures of the protocol, as C."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "/* Written by python -m firmware_protocol.generate_header from the message table; do not edit. */"
    yield "#ifndef GATE_TIMER_MESSAGES_H"
    yield "#define GATE_TIMER_MESSAGES_H"
    yield ""
    yield "#include <stdint.h>"
    yield ""
    yield f"#define PROTOCOL_MAJOR {PROTOCOL[0]}"
    yield f"#define PROTOCOL_MINOR {PROTOCOL[1]}"
    yield f"#define SCHEMA_HASH 0x{SCHEMA_HASH:08x}UL"
    yield f"#define LINE_BAUD {BAUD}UL"
    yield f"#define MAX_ENCODED {MAX_ENCODED}"
    yield f"#define BEAMS_PER_GATE {BEAMS_PER_GATE}"
    yield ""
    yield "enum message_id {"
    yield from (f"    MESSAGE_{layout.name} = 0x{layout.id:02x}," for layout in MESSAGES)
    yield "};"
    for layout in MESSAGES:
        yield ""
        yield from _structure(layout)
    yield ""
    yield "#endif"


def _structure(layout: Layout) -> Iterator[str]:
    name = f"struct message_{layout.name.lower()}"
    yield f"{name} {{"
    yield from (f"    {_member(field, letters)};" for field, letters in layout.formats)
    yield "} __attribute__((packed));"
    yield f'_Static_assert(sizeof({name}) == {layout.size}, "{layout.name} is {layout.size} bytes on the line");'


def _member(field: str, letters: str) -> str:
    length = letters[:-1]
    return f"{_C_TYPES[letters[-1]]} {field}" + (f"[{length}]" if length else "")


if __name__ == "__main__":
    HEADER.write_text(header_text(), encoding="ascii")
