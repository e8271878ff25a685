"""Sessions of the virtual lab, recorded as any other."""

from datetime import UTC, datetime
from pathlib import Path

import rig
from rig.model.clock import ManualClock
from rig.model.session import SessionHeader
from rig.model.setup import Setup
from rig.recording import SessionWriter
from rig.virtual import DEFAULT_SETUP, PRESETS, VirtualSession, run_session


def record_virtual(person: str, seed: int, folder: Path, setup: Setup = DEFAULT_SETUP) -> VirtualSession:
    """Run a preset person through the whole battery and record it in `folder`.

    Raises
    ------
    RecordingError
        The folder holds a recording already or cannot be written.
    """
    session = run_session(PRESETS[person], seed=seed, setup=setup)
    facts = session.facts
    clock = ManualClock(
        int(str(facts["monotonic_start_ns"])),
        datetime.fromisoformat(str(facts["wall_start"])).astimezone(UTC),
        str(facts["boot_id"]),
    )
    header = SessionHeader(f"{person}-{seed}", {"sppb-rig": rig.__version__})
    with SessionWriter.create(folder, header, session.setup_toml, clock) as writer:
        for record in session.records:
            writer.write(record)
    return session
