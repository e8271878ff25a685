"""The C header says what the message table says."""

import re

from firmware_protocol.gate_timer import MESSAGES, SCHEMA_HASH
from firmware_protocol.generate_header import HEADER, header_text


def test_the_header_is_not_stale() -> None:
    assert HEADER.read_text(encoding="ascii") == header_text(), "run python -m firmware_protocol.generate_header"


def test_every_message_has_id_structure_and_size() -> None:
    text = header_text()
    ids = {name: int(value, 16) for name, value in re.findall(r"MESSAGE_(\w+) = (0x\w\w),", text)}
    sizes = {name.upper(): int(size) for name, size in re.findall(r"sizeof\(struct message_(\w+)\) == (\d+)", text)}
    assert ids == {layout.name: layout.id for layout in MESSAGES}
    assert sizes == {layout.name: layout.size for layout in MESSAGES}
    assert f"#define SCHEMA_HASH 0x{SCHEMA_HASH:08x}UL" in text


def test_fields_keep_their_order_and_width() -> None:
    structure = re.search(r"struct message_edge \{(.*?)\}", header_text(), re.DOTALL)
    assert structure is not None
    members = [line.strip() for line in structure[1].split(";")]
    assert members[:6] == [
        "uint8_t gate",
        "uint8_t beam",
        "uint8_t level",
        "uint16_t sequence",
        "uint16_t overruns",
        "uint64_t ticks",
    ]
    assert "uint16_t height_mm[8];" in header_text()
