"""Deliberate faults of codec and clock, each of which must turn the suite red: `python -m tests.mutation.faults`."""

import sys
from dataclasses import dataclass

from tests.mutation.__main__ import TESTS
from tests.mutation.faults_page import OF_CODEC, Tried, write_section
from tests.mutation.mutants import PACKAGE, ROOT, first_red_test


@dataclass(frozen=True, slots=True)
class Fault:
    """A text of a module and what it is spoilt to."""

    name: str
    module: str
    right: str
    wrong: str

    def source(self) -> str:
        """The spoilt module."""
        text = (ROOT / PACKAGE / f"{self.module}.py").read_text(encoding="utf-8")
        if text.count(self.right) != 1:
            raise ValueError(f"{self.name}: '{self.right}' is not once in {self.module}.py")
        return text.replace(self.right, self.wrong)


FAULTS = (
    Fault("the CRC is not checked", "framing", "if crc16(decoded):", "if False:"),
    Fault("the CRC begins at zero", "framing", "crc_hqx(data, 0xFFFF)", "crc_hqx(data, 0)"),
    Fault("the CRC goes low byte first", "framing", '(_CRC_BYTES, "big")', '(_CRC_BYTES, "little")'),
    Fault("a code may point behind the end", "framing", "    if at > end:\n", "    if False:\n"),
    Fault("a zero within a frame is let pass", "framing", "    if _DELIMITER in data:\n", "    if False:\n"),
    Fault("a full group ends in a zero", "framing", "            zeroless.append(at)\n", "            pass\n"),
    Fault("the first code is left as a zero", "framing", "len(data), [0]", "len(data), []"),
    Fault(
        "a frame of any length is taken",
        "framing",
        "if len(encoded) > MAX_ENCODED:\n            self",
        "if False:\n            self",
    ),
    Fault("a frame may be one longer", "framing", "MAX_ENCODED = 64", "MAX_ENCODED = 65"),
    Fault("a body may be empty", "framing", "len(decoded) <= _CRC_BYTES", "len(decoded) < _CRC_BYTES"),
    Fault("all is kept that no delimiter ends", "framing", "rest[: MAX_ENCODED + 1]", "rest"),
    Fault("half a frame is forgotten between reads", "framing", "(self._pending + data)", "data"),
    Fault(
        "the tail of an earlier frame is used",
        "framing",
        "self._synced = False\n        self._good",
        "self._synced = True\n        self._good",
    ),
    Fault(
        "a resync takes the next bytes for a frame",
        "framing",
        'are known to be missing."""\n        self._synced = False\n',
        'are known to be missing."""\n        self._pending = b""\n',
    ),
    Fault("a frame has no leading delimiter", "framing", "return _DELIMITER + encoded", "return encoded"),
    Fault("the CRC is left on the body", "framing", "return decoded[:-_CRC_BYTES]", "return decoded"),
    Fault("integers are big-endian", "gate_timer", '"<" + self.format', '">" + self.format'),
    Fault("a shorter payload is read", "gate_timer", "if len(body) - 1 < layout.size:", "if False:"),
    Fault(
        "a longer payload is refused",
        "gate_timer",
        "if len(body) - 1 < layout.size:",
        "if len(body) - 1 != layout.size:",
    ),
    Fault("an unknown id is not counted", "gate_timer", "            self._unknown_id += 1\n", ""),
    Fault("the rig's own messages are heard", "gate_timer", "(layout.id < 0x80) == from_timer", "True"),
    Fault("two fields change places", "gate_timer", "    gate: U8\n    beam: U8\n", "    beam: U8\n    gate: U8\n"),
    Fault(
        "a counter has 8 bits",
        "gate_timer",
        "    overruns: U16\n    ticks: U64\n",
        "    overruns: U8\n    ticks: U64\n",
    ),
    Fault("an array is read one short", "gate_timer", "tuple(islice(rest, length))", "tuple(islice(rest, length - 1))"),
    Fault("an id is another's", "gate_timer", 'Layout(0x03, "PONG"', 'Layout(0x08, "PONG"'),
    Fault(
        "a message bears another read's time", "gate_timer", "Received(t_ns, message)", "Received(t_ns - 1, message)"
    ),
    Fault(
        "questions lie above the clock",
        "clock_sync",
        "low = upper_hull(sent_x",
        "low = lower_hull(sent_x",
    ),
    Fault(
        "the map runs on the lower edge",
        "clock_sync",
        "offset = near.midway((out.shortest - back.shortest) / 2)",
        "offset = near.floor",
    ),
    Fault(
        "the lean goes the wrong way",
        "clock_sync",
        "(out.shortest - back.shortest) / 2",
        "(back.shortest - out.shortest) / 2",
    ),
    Fault("unlikely slopes weigh more", "clock_sync", "logarithm: Floats = -shortest", "logarithm: Floats = shortest"),
    Fault("the longest delays tell nothing", "clock_sync", "-shortest - longest", "-shortest"),
    Fault("a weight's middle is that of its piece", "clock_sync", "np.where(rise < 0, part, 1 - part)", "0.5"),
    Fault("the spacing is that of the two shortest delays", "clock_sync", "NEAREST = 12", "NEAREST = 1"),
    Fault("the wire's time is not taken off", "clock_sync", "out_ns * wire", "0 * wire"),
    Fault("the bound is half the gap", "clock_sync", "wander * np.abs(sent_x)", "0 * np.abs(sent_x)"),
    Fault("the bound does not look at the end", "clock_sync", "(begin, (begin + end) // 2, end)", "(begin,)"),
    Fault("any slope will do", "clock_sync", "RESONATOR_LIMIT = 1e-2", "RESONATOR_LIMIT = 1.0"),
    Fault(
        "age does not look back",
        "clock_sync",
        "max(0, end_ns - self.last_ns, self.first_ns - start_ns)",
        "max(0, end_ns - self.last_ns)",
    ),
)


def main() -> int:
    """Print the table and write it into the page; 1 where a fault survives."""
    tried = [_try(fault) for fault in FAULTS]
    write_section(OF_CODEC, tried)
    survivors = sum(not fault.red for fault in tried)
    print(f"{len(FAULTS) - survivors} of {len(FAULTS)} faults are found")
    return int(survivors > 0)


def _try(fault: Fault) -> Tried:
    red = first_red_test(fault.module, fault.source(), TESTS[fault.module])
    tried = Tried(fault.name, f"{fault.module}.py", red)
    print(tried.line, flush=True)
    return tried


if __name__ == "__main__":
    sys.exit(main())
