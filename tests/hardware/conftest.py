"""Builds firmware and runner once a session, or says what is missing."""

import os
from pathlib import Path

import pytest

from tests.hardware.lab import Lab, build_firmware, build_runner, missing_packages


@pytest.fixture(scope="session", autouse=True)
def _tools() -> None:
    """Skip without the compilers and the simulator; on a build server that is a failure."""
    missing = missing_packages()
    if not missing:
        return
    message = f"the firmware is not tested: apt-get install {' '.join(missing)}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_runner(tmp_path_factory.mktemp("runner"))


@pytest.fixture(scope="session")
def lab(runner: Path, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """All eight beams fitted."""
    return Lab(runner, build_firmware(tmp_path_factory.mktemp("eight_beams")))
