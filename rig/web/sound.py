"""When the page's beep sounded, from what the browser says of it."""

import math

import msgspec

from rig.battery import RefusedError
from rig.pipeline.evidence import OPERATOR_U_US
from rig.web.page_clock import Micros, PageClock

LATENCY_TOLD_U_US = 5_000
"""Where the browser tells its output latency: what lies behind it (converter, amplifier, the block it is told to)."""
LATENCY_UNTOLD_U_US = 30_000
"""Where it does not: loudspeakers at a cable and built in are 10 to 100 ms late, any of it as likely."""


class Sounded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page says of its beep; microseconds.

    Attributes
    ----------
    token
        Of the cue.
    sound_us
        When it sounded by the browser's output time stamps (`getOutputTimestamp`), by the page's clock.
    spread_us
        How far several of these stamps are apart.
    behind_us
        How far they run behind the audio clock: what of the way to the loudspeaker they allow for.
    latency_us
        What the browser says this way is long (`outputLatency`); null where it does not say.
    """

    token: int
    sound_us: Micros
    spread_us: Micros
    behind_us: int
    latency_us: Micros | None


def when(told: Sounded, clock: PageClock, now_ns: int) -> tuple[int, int]:
    """Host nanoseconds of the sound, and their standard uncertainty in microseconds.

    The output stamps are those of the loudspeaker (W3C Web Audio API, `getOutputTimestamp`); where they run behind the
    audio clock by less than the latency that the browser tells, the rest is added. What is known by bounds only (the
    page's clock, the stamps' spread) counts as a rectangular distribution.

    Raises
    ------
    RefusedError
        So little is known of the page's clock that the press itself tells more.
    """
    left_out_us = max(0, (told.latency_us or 0) - told.behind_us)
    found = clock.at(told.sound_us + left_out_us, now_ns)
    if found is None:
        raise RefusedError("sounded: the page's clock is not known yet")
    t_ns, bound_us = found
    latency_u_us = LATENCY_UNTOLD_U_US if told.latency_us is None else LATENCY_TOLD_U_US
    u_us = math.ceil(math.hypot(bound_us / math.sqrt(3), told.spread_us / math.sqrt(12), latency_u_us))
    if u_us >= OPERATOR_U_US:
        raise RefusedError(f"sounded: known to {u_us} us, which is no better than the press")
    return t_ns, u_us
