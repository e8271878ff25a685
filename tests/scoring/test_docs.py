"""docs/scoring.md says what the code does."""

import re
from pathlib import Path
from typing import Any

import pytest

from rig.scoring import Score
from rig.scoring.profiles import PROFILES
from rig.scoring.vocabulary import Contraindication, DeviationCode, FallSign, Osteoporosis, UnableReason

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "scoring.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"[\w+]+", TEXT))


@pytest.mark.parametrize("codes", [Contraindication, DeviationCode, FallSign, Osteoporosis, UnableReason])
def test_every_code_is_listed(codes: Any) -> None:
    assert {str(code) for code in codes} <= WORDS


def test_every_key_of_the_output_is_listed_in_order() -> None:
    table = TEXT.partition("## Output")[2].partition("###")[0]
    first_cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    assert re.findall(r"`(\w+)`", " ".join(first_cells)) == list(Score.__struct_fields__)


def test_every_profile_is_listed() -> None:
    table = TEXT.partition("## Timing profiles")[2].partition("\n## ")[0]
    for profile in PROFILES:
        assert {f"`{name}`" for name in (profile.name, profile.start.event, profile.end.event)} <= set(
            re.findall(r"`\w+`", table)
        )


def test_the_example_runs() -> None:
    found = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None
    names: dict[str, Any] = {}
    exec(found[1], names)
    assert names["found"].sppb.total == 6
