"""Every target with a small number of bytes; and that the targets see what is wrong."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from firmware_protocol import framing
from firmware_protocol.gate_timer import GateTimerDecoder, Layout
from firmware_protocol.wearables.base import Blocks, Mark
from tests.fuzz import gate_timer, page, wearables
from tests.fuzz.mutate import MUTATIONS, Mutation, mutate, pieces
from tests.fuzz.target import Report, chance_bound
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_a_small_run_of_each_target_has_no_problem(name: str) -> None:
    target = TARGETS[name]
    report = target.run(Random(7), target.small)
    assert report.fed >= target.small * 0.8
    assert report.problems == ()


def test_one_seed_feeds_the_same_bytes() -> None:
    first, second = (gate_timer.mutants(Random(3), 20_000) for _ in range(2))
    assert first == second


def test_nothing_wrong_is_expected_of_few_candidates_and_little_of_many() -> None:
    assert chance_bound(100) <= 2
    assert 100 < chance_bound(100 * 2**16) < 160


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_mutation_keeps_what_it_does_not_touch(mutation: Mutation) -> None:
    rng = Random(1)
    data, other = bytes(range(32)), bytes(range(100, 132))
    spoilt = [mutation(rng, data, other) for _ in range(100)]
    assert sum(one != data for one in spoilt) > 80
    assert all(set(one) & (set(data) | set(other)) for one in spoilt if one)


def test_a_mutant_differs_and_reads_are_the_stream() -> None:
    rng = Random(2)
    assert all(mutate(rng, b"\1\2\3", b"\1\2\3") != b"\1\2\3" for _ in range(500))
    assert b"".join(pieces(rng, bytes(10_000))) == bytes(10_000)


def test_a_reader_without_checksum_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "crc16", lambda _: 0)
    for target in (gate_timer.noise, gate_timer.mutants):
        assert any("checksum" in problem for problem in target(Random(1), 50_000).problems)


def test_a_reader_that_keeps_all_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_ENCODED", 10_000)
    assert any("kept" in problem for problem in gate_timer.noise(Random(1), 50_000).problems)


def test_a_reader_that_loses_a_frame_behind_a_broken_one_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    check = framing.FrameReader._check

    def lossy(self: framing.FrameReader, encoded: bytes) -> bytes | None:
        body = check(self, encoded)
        if body is None:
            self.resync()
        return body

    monkeypatch.setattr(framing.FrameReader, "_check", lossy)
    assert any("lost" in problem for problem in gate_timer.mutants(Random(1), 50_000).problems)


def test_a_message_of_shifted_fields_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    unpack = Layout.unpack
    monkeypatch.setattr(Layout, "unpack", lambda self, body: unpack(self, body[:1] + body[2:] + b"\0"))
    assert any("does not say" in problem for problem in gate_timer.strangers(Random(1), 20_000).problems)


def test_an_exception_of_a_decoder_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_it(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(GateTimerDecoder, "_message", raise_it)
    with pytest.raises(ZeroDivisionError):
        gate_timer.strangers(Random(1), 1000)


def _decoded(kind: str) -> Blocks:
    corpus = wearables.corpus_of(kind)
    decoder = corpus.sensor.decoder()
    for k, (uuid, data) in enumerate(corpus.sent):
        decoder.feed(uuid, data, k)
    return decoder.take()


@pytest.mark.parametrize(
    ("kind", "problem", "spoil"),
    [
        ("movella-dot", "no mark", lambda b: {"acc": b.acc * np.nan}),
        ("polar", "no mark", lambda b: {"rates": replace(b.rates, gyr=b.rates.gyr * np.nan)}),
        ("movella-dot", "no mark", lambda b: {"marks": b.marks | np.uint8(Mark.GYR_NOT_FINITE)}),
        ("rig-imu", "integers", lambda b: {"marks": b.marks | np.uint8(Mark.ACC_NOT_FINITE)}),
        ("rig-imu", "do not increase", lambda b: {"device_ns": b.device_ns * 0}),
        ("rig-imu", "counts do not fit", lambda b: {"count": b.count + 1}),
        ("rig-imu", "several lengths", lambda b: {"epoch": b.epoch[1:]}),
    ],
)
def test_blocks_that_are_wrong_are_a_problem(
    kind: str, problem: str, spoil: Callable[[Blocks], dict[str, Any]]
) -> None:
    blocks = _decoded(kind)
    assert wearables.of_blocks(kind, blocks) == set()
    assert any(problem in found for found in wearables.of_blocks(kind, replace(blocks, **spoil(blocks))))


def test_mutated_notifications_are_counted_without_those_left_whole() -> None:
    figures = wearables.target("movesense")(Random(1), 3000).figures
    assert figures["mutated"] == 3000
    assert 3200 < int(figures["notifications"]) < 3500


def test_a_full_run_keeps_what_the_page_says_of_other_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "PAGE", tmp_path / "fuzz.md")
    page.write_section("b", Report(1200, {"samples": 3000}), 1)
    page.write_section("a", Report(7, {}, ("it broke",)), 1)
    page.write_section("b", Report(1300, {"samples": 4000}), 2)
    text = page.PAGE.read_text(encoding="utf-8")
    assert text.index("## a") < text.index("## b")
    assert "1,300 bytes, seed 2: samples 4,000." in text
    assert "it broke" in text
    assert "3,000" not in text
