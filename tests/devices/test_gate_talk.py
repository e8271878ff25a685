"""What is sent to a gate timer and when, and how its restart is told, without any line."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from firmware_protocol.gate_timer import (
    SCHEMA_HASH,
    Event,
    GateTimerDecoder,
    Heartbeat,
    Hello,
    Info,
    Message,
    Ping,
    Pong,
    encode,
)
from rig.devices.gate_talk import GateTalk

S = 1_000_000_000
INFO = Info(1, 0, 1, 0, SCHEMA_HASH, 7, 4, 0x55, 500, 0, (1100, 0) * 4)


def at(seconds: float) -> int:
    return round(seconds * S)


def sent(talk: GateTalk, until_s: float, since_s: float = 0.0, step_s: float = 0.05) -> list[tuple[float, Message]]:
    """What is due, looked at as often as the reading thread does."""
    decoder = GateTimerDecoder(from_timer=False)
    found = []
    for k in range(round((until_s - since_s) / step_s)):
        t_s = since_s + k * step_s
        for data in talk.due(at(t_s)):
            found += [(t_s, received.message) for received in decoder.feed(data, 0)]
    return found


def opened() -> GateTalk:
    talk = GateTalk()
    talk.opened(0)
    return talk


def hear(talk: GateTalk, t_s: float, *events: Event) -> bool:
    return talk.heard(b"".join(map(encode, events)), at(t_s))


def kinds(messages: Sequence[tuple[float, Message]]) -> set[type]:
    return {type(message) for _, message in messages}


def test_a_bootloader_is_left_alone_for_two_seconds_then_hello_is_said_every_second() -> None:
    found = sent(opened(), 5.5)
    assert [round(t, 2) for t, _ in found] == [2.0, 3.0, 4.0, 5.0]
    assert kinds(found) == {Hello}


def test_a_timer_that_runs_already_is_asked_at_once() -> None:
    talk = opened()
    hear(talk, 0.1, Heartbeat(1000, 0, 0, 0, 0))
    assert not talk.known
    assert sent(talk, 0.2, since_s=0.1) == [(0.1, Hello())]


def test_pings_go_on_one_to_four_a_second_with_new_tokens_and_no_fixed_beat() -> None:
    talk = opened()
    hear(talk, 0.3, INFO)
    found = sent(talk, 60.0, since_s=0.3, step_s=0.001)
    pings = [(t, message.token) for t, message in found if isinstance(message, Ping)]
    gaps = [b - a for (a, _), (b, _) in pairwise(pings)]
    assert len(pings) == len(found)
    assert min(gaps) > 0.25
    assert max(gaps) <= 1.0
    assert len({round(gap, 3) for gap in gaps}) > 20
    assert len({token for _, token in pings}) == len(pings)


def test_tokens_do_not_begin_anew_after_the_cable_was_pulled() -> None:
    talk = opened()
    hear(talk, 0.3, INFO)
    before = {m.token for _, m in sent(talk, 3.0, since_s=0.3) if isinstance(m, Ping)}
    talk.opened(at(4.0))
    assert not talk.known
    hear(talk, 4.1, replace(INFO, boot_id=8))
    after = {m.token for _, m in sent(talk, 8.0, since_s=4.1) if isinstance(m, Ping)}
    assert before
    assert after
    assert not before & after


@pytest.mark.parametrize(
    ("event", "restarted"),
    [
        (INFO, False),
        (replace(INFO, boot_id=8), True),
        (Heartbeat(at(10) // 500, 0, 0, 0, 0), False),
        (Heartbeat(at(8.5) // 500, 0, 0, 0, 0), True),
        (Heartbeat(at(9.5) // 500, 0, 0, 0, 0), False),
        (Pong(1, at(1) // 500, at(1) // 500), True),
    ],
)
def test_a_restart_is_a_new_boot_id_or_ticks_that_go_back(event: Event, restarted: bool) -> None:
    talk = opened()
    hear(talk, 0.3, INFO, Heartbeat(at(10) // 500, 0, 0, 0, 0))
    assert hear(talk, 10.2, event) == restarted


def test_after_a_restart_info_is_asked_for_again_at_once() -> None:
    talk = opened()
    hear(talk, 0.3, INFO)
    sent(talk, 10.0, since_s=0.3)
    assert hear(talk, 10.0, replace(INFO, boot_id=8))
    assert Hello in kinds(sent(talk, 10.05, since_s=10.0))
    hear(talk, 10.1, replace(INFO, boot_id=8))
    assert Hello not in kinds(sent(talk, 15.0, since_s=10.1))


def test_a_new_boot_id_after_replugging_is_a_restart_too() -> None:
    talk = opened()
    hear(talk, 0.3, INFO)
    talk.opened(at(5))
    assert hear(talk, 5.2, replace(INFO, boot_id=9))


def test_it_says_whether_it_waits_or_is_silent() -> None:
    talk = opened()
    assert talk.message(at(1)) == "devices.waiting"
    assert talk.message(at(6)) == "devices.no_info"
    hear(talk, 7, INFO)
    assert talk.message(at(8)) == "devices.connected"
    assert talk.message(at(10.5)) == "devices.silent"
