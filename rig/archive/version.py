"""Which algorithms made a result: the second half of the archive's key."""

import hashlib
from functools import cache
from pathlib import Path

import firmware_protocol
import rig
import rig_signal
from rig.scoring import RULES_VERSION

_RIG = Path(rig.__file__).parent
DECIDES = (
    Path(rig_signal.__file__).parent,
    Path(firmware_protocol.__file__).parent,
    *(_RIG / part for part in ("model", "recording", "timeline", "pipeline", "scoring")),
)
"""Packages whose source can change a result."""


@cache
def algorithm_version() -> str:
    """Name the algorithms: version of the rig, of the rules, and twelve digits of the sources' SHA-256.

    The sources decide and not a number kept by hand, which somebody forgets to raise. The price: a changed comment
    makes a new version and the sessions are replayed once more.
    """
    return f"{rig.__version__}+rules-{RULES_VERSION}+{sources_hash(DECIDES)[:12]}"


def sources_hash(packages: tuple[Path, ...]) -> str:
    """SHA-256 over all Python sources of some packages, by their place within them, in hexadecimal."""
    total = hashlib.sha256()
    for package in packages:
        for path in sorted(package.rglob("*.py")):
            text = path.read_bytes()
            total.update(f"{package.name}/{path.relative_to(package).as_posix()} {len(text)}\n".encode())
            total.update(text)
    return total.hexdigest()
