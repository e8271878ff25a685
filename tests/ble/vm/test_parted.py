"""What a wearable advertises fits the two packets that the kernel takes, and nothing of it is lost."""

import time

import pytest

from firmware_protocol.wearables import WEARABLES
from rig.virtual.ble_peripheral import _advertisement
from rig.virtual.ble_voice import counting
from rig.virtual.clocks import Oscillator
from rig.virtual.wearables import voice_of
from tests.ble import rooms
from tests.ble.vm.kernel_air import LONGEST, part


@pytest.mark.parametrize("kind", sorted(WEARABLES))
def test_an_advertisement_is_parted_between_fields(kind: str) -> None:
    voice = (
        rooms.movesense(1) if kind == "movesense" else voice_of(kind, Oscillator(time.perf_counter(), 0.0), counting)
    )
    data = _advertisement(voice)
    first, second = part(data)
    assert first + second == data
    assert 0 < len(first) <= LONGEST
    assert len(second) <= LONGEST
    for each in (first, second):
        at = 0
        while at < len(each):
            at += 1 + each[at]
        assert at == len(each)
