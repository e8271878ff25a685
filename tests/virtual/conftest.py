"""Sessions that several tests look at; each is made once."""

from collections.abc import Callable
from functools import cache

import pytest

from rig.virtual import PRESETS, VirtualSession, run_session


@cache
def _session(name: str, seed: int) -> VirtualSession:
    return run_session(PRESETS[name], seed=seed)


@pytest.fixture(scope="session")
def session() -> Callable[[str], VirtualSession]:
    """A preset's session with seed 1."""
    return lambda name: _session(name, 1)
