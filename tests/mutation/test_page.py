"""The page of results, whose sections are written one by one."""

from pathlib import Path

import pytest

from tests.mutation import __main__ as mutation
from tests.mutation import faults_page
from tests.mutation.mutants import Mutant

ALIVE = Mutant("f, Or", "a || b", "c", "spoilt")


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(mutation, "PAGE", tmp_path / "mutation.md")
    return tmp_path / "mutation.md"


def test_a_run_of_one_module_keeps_what_others_gave(page: Path) -> None:
    mutation.write_section(mutation.Result("hulls", 4, (ALIVE,)), {ALIVE.key: "b is 0"})
    mutation.write_section(mutation.Result("framing", 7, ()), {})
    text = page.read_text(encoding="utf-8")
    assert text.index("## framing") < text.index("## hulls")
    assert "7 mutants, 7 noticed, 0 alive." in text
    assert r"| `a \|\| b` | `c` | b is 0 |" in text


def test_a_new_run_of_a_module_takes_the_place_of_its_last(page: Path) -> None:
    mutation.write_section(mutation.Result("hulls", 4, (ALIVE,)), {})
    assert "NOT EXPLAINED" in page.read_text(encoding="utf-8")
    mutation.write_section(mutation.Result("hulls", 4, ()), {})
    text = page.read_text(encoding="utf-8")
    assert text.count("## hulls") == 1
    assert "NOT EXPLAINED" not in text


def test_a_run_of_the_faults_keeps_the_other_table_and_names_those_that_nothing_notices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults_page, "PAGE", tmp_path / "faults.md")
    codec = faults_page.Tried("the CRC is not checked", "framing.py", "test_a")
    faults_page.write_section(faults_page.OF_CODEC, [codec])
    for red in ("test_b", ""):
        faults_page.write_section(faults_page.OF_FIRMWARE, [faults_page.Tried("a cue never ends", "cue.c", red)])
    text = (tmp_path / "faults.md").read_text(encoding="utf-8")
    assert text.index("## Firmware\n\n0 of 1 are found.") < text.index("## Codec and clock\n\n1 of 1 are found.")
    assert "| a cue never ends | `cue.c` | **none** |" in text
    assert "test_b" not in text
    assert "| the CRC is not checked | `framing.py` | `test_a` |" in text
