"""The private bus needs its daemon."""

import os
from collections.abc import Iterator
from contextlib import suppress

import pytest
from bleak.backends.bluezdbus import manager

from rig.virtual.ble_bus import bus_missing
from tests.ble import rooms


@pytest.fixture(scope="session", autouse=True)
def _daemon() -> None:
    """Skip without the daemon; on a build server that is a failure."""
    missing = bus_missing()
    if missing is None:
        return
    message = f"Bluetooth is not tested: {missing}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(autouse=True)
def _addresses() -> None:
    rooms.next_series()


@pytest.fixture(autouse=True)
def _buses() -> Iterator[None]:
    """Close the buses that bleak keeps for loops that have ended; it does so itself only when a next loop asks."""
    yield
    while manager._global_instances:
        _, instance = manager._global_instances.popitem()
        if instance._bus is not None:
            with suppress(RuntimeError):
                instance._bus._finalize(None)
