"""Deliberate faults of the firmware, each of which must turn the suite red: `python -m tests.hardware.faults`."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.hardware.lab import FIRMWARE, make
from tests.mutation.faults_page import OF_FIRMWARE, Tried, write_section


@dataclass(frozen=True, slots=True)
class Fault:
    """A text of a source file and what it is spoilt to."""

    name: str
    file: str
    right: str
    wrong: str


FAULTS = (
    Fault("a pending wrap is not looked for", "clock.h", "if ((TIFR1 & _BV(TOV1)) && now.low < 0x8000)", "if (0)"),
    Fault("a pending wrap counts for times before it", "clock.h", " && now.low < 0x8000", ""),
    Fault("wraps are counted in 8 bits", "clock.c", "clock_wraps++;", "clock_wraps = (uint8_t)(clock_wraps + 1);"),
    Fault("wraps are counted in 16 bits", "clock.c", "clock_wraps++;", "clock_wraps = (uint16_t)(clock_wraps + 1);"),
    Fault("stamps have 32 bits", "clock.h", "(uint64_t)at.wraps << 16", "(uint32_t)(at.wraps << 16)"),
    Fault("an edge is stamped when it is sent", "beams.c", "stamp_ticks(oldest->at)", "clock_ticks()"),
    Fault("a lost edge is not counted", "beams.c", "    overruns += edges;\n", ""),
    Fault("a lost edge takes no number", "beams.c", "    sequence += edges;\n", ""),
    Fault("a pulse too short to see is not counted", "beams.c", "        count_lost(2);\n", "        ;\n"),
    Fault("the other port's interrupt is taken for a pulse", "beams.c", " && !(told & own)", ""),
    Fault("a second beam's interrupt is taken for a pulse", "beams.c", "        told |= own;\n", "        ;\n"),
    Fault(
        "a second interrupt behind told edges is a pulse",
        "beams.c",
        "(told & own || mine & (mine - 1))",
        "mine & (mine - 1)",
    ),
    Fault(
        "the interrupt of a change lasts",
        "pins.c",
        "    latest = now;\n",
        "    latest = now;\n    _delay_loop_2(30);\n",
    ),
    Fault(
        "an edge is stamped in the main loop",
        "pins.c",
        "*sample = queue[out % QUEUE];",
        "*sample = queue[out % QUEUE]; sample->at = clock_stamp();",
    ),
    Fault(
        "a change without room is not counted", "pins.c", "        lost += edges_between(latest, now);\n", "        ;\n"
    ),
    Fault("a pulse without room is not counted", "pins.c", "return edges ? edges : 2;", "return edges;"),
    Fault("changes are noted again before the loss is counted", "pins.c", "if (lost || ", "if ("),
    Fault("a loss is forgotten in the levels", "pins.c", "            *levels = latest;\n", ""),
    Fault("the samples' queue is one too long", "pins.c", "- queue_out) == QUEUE)", "- queue_out) == QUEUE + 1)"),
    Fault("a change tells of its own port only", "beams.c", "now ^ levels;", "(now ^ levels) & own;"),
    Fault("the level is not stored", "beams.c", "sequence++, overruns, beam, level}", "sequence++, overruns, beam, 1}"),
    Fault("the youngest edge is sent first", "beams.c", "&queue[queue_out++ %", "&queue[(queue_out++, queue_in - 1) %"),
    Fault("the queue is one too long", "beams.c", "- queue_out) == QUEUE)", "- queue_out) == QUEUE + 1)"),
    Fault("upper and lower beam are swapped", "beams.c", "oldest->beam % BEAMS_PER_GATE", "!(oldest->beam % 2)"),
    Fault("beams that are not fitted are read", "pins.c", " & BEAMS_FITTED;", ";"),
    Fault("a freed beam stays stuck", "beams.c", "return level && since", "return since"),
    Fault("a tenth's edges are not forgotten", "beams.c", "    memset(edges_in_tenth[next], 0, N_BEAMS);\n", ""),
    Fault("the CRC is not checked", "frame.c", "decoded <= 2 || frame_crc(encoded, decoded) != 0", "decoded <= 2"),
    Fault("the CRC begins at zero", "frame.c", "crc = 0xFFFF", "crc = 0"),
    Fault("a COBS code may point behind the end", "frame.c", "code == 0 || code - 1 > length - at", "code == 0"),
    Fault("a damaged frame is not counted", "gate_timer.c", "    else\n        serial_count_error();\n", ""),
    Fault("a short payload is read", "gate_timer.c", "if (length - 1 < requests[i].size)", "if (0)"),
    Fault("PING is stamped when it is read", "gate_timer.c", "stamp_ticks(frame->at)", "clock_ticks()"),
    Fault(
        "only the last delimiter's time is kept", "serial.c", "slot->at = clock_stamp()", "slots[0].at = clock_stamp()"
    ),
    Fault(
        "PONG's second stamp is its first",
        "gate_timer.c",
        "pong.tx_ticks = stamp_ticks(serial_open_frame());",
        "pong.tx_ticks = pong.rx_ticks; serial_open_frame();",
    ),
    Fault("a frame without room is forgotten", "serial.c", "        errors++;\n    } else", "    } else"),
    Fault(
        "bytes before the first delimiter are a frame", "serial.c", "static bool synced,", "static bool synced = true,"
    ),
    Fault("a damaged frame taints the next", "serial.c", "    spoiled = false;\n", ""),
    Fault("INFO is not sent at the start", "gate_timer.c", "    due.info = true;\n    sei();", "    sei();"),
    Fault("the boot id does not change", "boot.c", "return count * 2654435761UL ^", "return"),
    Fault("the watchdog is not fed", "gate_timer.c", "        wdt_reset();\n", ""),
    Fault("heartbeats drift", "gate_timer.c", "next_second += SECOND;", "next_second = now + SECOND;"),
    Fault("a cue's stamp is its due time", "cue.c", "given_at = now;", "given_at = due; given_at.low -= 1000;"),
    Fault("a cue never ends", "cue.c", "        PORTB &= (uint8_t)~BOTH_PINS;\n", ""),
    Fault("a cue without delay waits for the next wrap", "cue.c", "        give_if_due();\n    }\n}", "    }\n}"),
    Fault("a cue bears the token of the next one", "cue.c", "    waiting = !given;\n", ""),
    Fault(
        "a cue that waits cannot be replaced",
        "cue.c",
        "    is_waiting = false; /*",
        "    if (is_waiting)\n        return;\n    is_waiting = false; /*",
    ),
    Fault("an unknown id is not told", "gate_timer.c", "    refuse(UNKNOWN_ID, body[0]);\n", ""),
    Fault(
        "a longer payload is refused", "gate_timer.c", "length - 1 < requests[i].size", "length - 1 != requests[i].size"
    ),
    Fault(
        "edges go before answers",
        "gate_timer.c",
        "    if (is_time_for(&due.info))\n",
        "    if (beams_take_edge(&edge))\n        send(MESSAGE_EDGE, &edge, sizeof edge);\n"
        "    else if (is_time_for(&due.info))\n",
    ),
    Fault("the sleep is entered over waiting work", "gate_timer.c", "if (!wake) {", "if (1) {"),
)


def spoil(fault: Fault, folder: Path) -> Path:
    """Copy the sources with one fault."""
    source = folder / "firmware"
    shutil.copytree(FIRMWARE, source)
    file = source / fault.file
    text = file.read_text(encoding="ascii")
    if text.count(fault.right) != 1:
        raise ValueError(f"{fault.name}: '{fault.right}' is not once in {fault.file}")
    file.write_text(text.replace(fault.right, fault.wrong), encoding="ascii")
    makefile = source / "Makefile"
    makefile.write_text(makefile.read_text(encoding="ascii").replace(" -Werror", ""), encoding="ascii")
    # A fault that does not build would be red for nothing.
    make(source, f"OUT={folder / 'build'}")
    return source


def first_red_test(fault: Fault) -> str:
    """The first test that fails with the fault; empty where all pass."""
    with tempfile.TemporaryDirectory() as folder:
        source = spoil(fault, Path(folder))
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "--assert=plain",
            str(Path(__file__).parent),
        ]
        environment = os.environ | {"GATE_TIMER_SOURCE": str(source), "CI": "true"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    red = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return red[0].split(" - ")[0].split("::")[-1] if red else f"pytest ended with {done.returncode}"


def main() -> int:
    """Print the table and write it into the page; 1 where a fault survives. Words choose faults by name, for a look."""
    chosen = [fault for fault in FAULTS if all(word in fault.name for word in sys.argv[1:])]
    tried = [_try(fault) for fault in chosen]
    if len(chosen) == len(FAULTS):
        write_section(OF_FIRMWARE, tried)
    survivors = sum(not fault.red for fault in tried)
    print(f"{len(chosen) - survivors} of {len(chosen)} faults are found")
    return int(survivors > 0)


def _try(fault: Fault) -> Tried:
    tried = Tried(fault.name, fault.file, first_red_test(fault))
    print(tried.line, flush=True)
    return tried


if __name__ == "__main__":
    sys.exit(main())
