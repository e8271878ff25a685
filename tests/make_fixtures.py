"""Record the fixtures anew in the virtual lab: `make fixtures`.

Each person gets a session, the truth, what the truth must score (`tests.expected`, which does not use the pipeline) and
the result document that `rig replay` gives, for golden comparison. Look at the difference before committing it.
"""

import json
import shutil
import sys
from pathlib import Path

import msgspec

from rig.cli.virtual import record_virtual
from rig.model.document import to_json
from rig.replay import replay
from rig.virtual import PRESETS
from tests.expected import expected

FOLDER = Path(__file__).resolve().parents[1] / "fixtures"
SEED = 7


def make(person: str) -> None:
    """One fixture folder."""
    folder = FOLDER / person
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    virtual = record_virtual(person, SEED, folder / "session")
    truth = msgspec.to_builtins(virtual.truth)
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    wanted = expected(truth, truth["answers"])
    (folder / "expected.json").write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")
    (folder / "document.json").write_bytes(to_json(replay(folder / "session").document))
    print(person, wanted["points"], wanted["programme"])


if __name__ == "__main__":
    for name in sys.argv[1:] or PRESETS:
        make(name)
