"""A library that is not there: one line that names its extra, for whatever command needs it."""

import sys

import pytest
from click.testing import CliRunner

from rig.cli import main


@pytest.mark.parametrize(
    ("library", "arguments", "extra"),
    [
        ("uvicorn", ["run", "--virtual", "robust", "--no-browser"], "page"),
        ("bumble", ["run", "--virtual", "robust", "--no-browser"], "virtual"),
    ],
)
def test_a_missing_library_is_named_with_its_extra(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, library: str, arguments: list[str], extra: str
) -> None:
    for name in [name for name in sys.modules if name.startswith((library, "rig.web.serve", "rig.web.launch"))]:
        monkeypatch.delitem(sys.modules, name)
    if library == "bumble":
        for name in [name for name in sys.modules if name.startswith("rig.virtual.ble") or name == "rig.virtual.wired"]:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.chdir(str(tmp_path))
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1, result.output
    assert f"{library} is missing: pip install 'sppb-rig[{extra}]'" in result.output


def test_a_fault_in_an_import_stays_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "rig.cli.score", raising=False)
    monkeypatch.setitem(sys.modules, "rig.scoring", None)
    result = CliRunner().invoke(main, ["score", "-"], input="{}")
    assert isinstance(result.exception, ModuleNotFoundError)
