"""A browser's clock on the rig's: four stamps about once a second, as the gate timer gives them.

A frame goes out with the rig's time, the page notes when it heard it and when it answers, and the rig notes when the
answer comes. So nothing is assumed of the page's clock (`performance.now()`): its zero, its rate, and the delays of
the network in either direction are what the stamps allow (`firmware_protocol.clock_sync`).
"""

import math
from collections import deque
from typing import Annotated

import msgspec

from firmware_protocol.clock_sync import Exchange, two_way
from rig.battery import RefusedError

KEPT_NS = 60_000_000_000
"""Older stamps are of a clock that may have stood still since (a closed lid)."""
MOST_KEPT = 120
COARSEST_US = 100_000
"""The widest steps in which browsers show time: those that hide who looks on."""
US = 1000
Micros = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Heard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page says of a frame it heard; microseconds.

    Attributes
    ----------
    told_us
        The frame's own time, by the rig's clock.
    heard_us, sent_us
        When the frame was heard and this was sent, by the page's clock.
    """

    told_us: Micros
    heard_us: Micros
    sent_us: Micros


class PageClock:
    """One page's clock."""

    def __init__(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=MOST_KEPT)

    def take(self, heard: Heard, now_ns: int) -> None:
        """Take an answer that came at `now_ns`.

        Raises
        ------
        RefusedError
            The stamps are in no order, or the frame is an old one.
        """
        told_ns = heard.told_us * US
        if heard.sent_us < heard.heard_us or not now_ns - KEPT_NS <= told_ns <= now_ns:
            raise RefusedError("clock: the frame's time is not of the last minute, or was answered before it was heard")
        self._exchanges.append(Exchange(told_ns, heard.heard_us, heard.sent_us, now_ns))
        self._forget(now_ns)

    def at(self, page_us: int, now_ns: int) -> tuple[int, float] | None:
        """Host nanoseconds of an instant of the page, and the microseconds it is certainly known to; None: unknown."""
        self._forget(now_ns)
        if not self._exchanges:
            return None
        t_ns = two_way(self._exchanges, US).to_ns(page_us)
        bound_us = two_way(self._exchanges, US, used_ns=(t_ns, t_ns)).bound_s * 1e6
        return t_ns, bound_us + self._grain_us()

    def _grain_us(self) -> int:
        """How coarse the page's clock is: browsers show it in steps, and all stamps are multiples of them."""
        stamps = (stamp for exchange in self._exchanges for stamp in (exchange.rx_ticks, exchange.tx_ticks))
        return min(math.gcd(*stamps), COARSEST_US)

    def _forget(self, now_ns: int) -> None:
        while self._exchanges and self._exchanges[0].t1_ns < now_ns - KEPT_NS:
            self._exchanges.popleft()
