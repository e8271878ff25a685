"""Every kind of virtual wearable by its name in `rig.toml`, ready to be worn."""

from collections.abc import Callable

from rig.virtual.ble_voice import Sampler, Source, Voice
from rig.virtual.clocks import Oscillator
from rig.virtual.metamotion import SCRIPT as META_SCRIPT
from rig.virtual.metamotion import MetaMotionVoice
from rig.virtual.movella_dot import SCRIPT as DOT_SCRIPT
from rig.virtual.movella_dot import MovellaDotVoice
from rig.virtual.polar import ACC, GYR, VERITY_SCRIPT, PolarVoice
from rig.virtual.rig_imu import SCRIPT as RIG_SCRIPT
from rig.virtual.rig_imu import RigImuVoice
from rig.virtual.witmotion import SCRIPT as WIT_SCRIPT
from rig.virtual.witmotion import WitMotionVoice
from rig.virtual.worn import Script

SCRIPTS: dict[str, Script] = {
    "metamotion": META_SCRIPT,
    "movella-dot": DOT_SCRIPT,
    "polar": VERITY_SCRIPT,
    "rig-imu": RIG_SCRIPT,
    "witmotion": WIT_SCRIPT,
}
"""What the rig writes to it. Movesense has a file of its own (`rig.virtual.movesense`)."""


def voice_of(kind: str, clock: Oscillator, source: Source) -> Voice:
    """Make a wearable of a kind with its usual rate and batches; `KeyError` where there is no such kind."""
    return _VOICES[kind](clock, source)


def _polar(clock: Oscillator, source: Source) -> Voice:
    return PolarVoice("A1B2C3D4", {kind: Sampler(clock, 52.0, batch, source) for kind, batch in ((ACC, 36), (GYR, 32))})


def _metamotion(clock: Oscillator, source: Source) -> Voice:
    true_hz = 100.0 * 1.012  # the chip's own oscillator
    return MetaMotionVoice(Sampler(clock, true_hz, 3, source), Sampler(clock, true_hz, 3, source))


_VOICES: dict[str, Callable[[Oscillator, Source], Voice]] = {
    "metamotion": _metamotion,
    "movella-dot": lambda clock, source: MovellaDotVoice(Sampler(clock, 60.0, 1, source)),
    "polar": _polar,
    "rig-imu": lambda clock, source: RigImuVoice(Sampler(clock, 104.0, 8, source)),
    "witmotion": lambda clock, source: WitMotionVoice(Sampler(clock, 50.0, 1, source), calendar=True),
}
