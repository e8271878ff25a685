"""`rig run`: what is refused before anything is recorded."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from rig.cli.run import command


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "give one of --setup"),
        (["--setup", "rig.toml", "--virtual", "robust"], "give one of --setup"),
        (["--setup", "missing.toml"], "missing.toml"),
        (["--resume", "nowhere"], "nowhere"),
        (["--setup", "bad.toml"], "rig.toml"),
        (["--setup", "no_port.toml"], "no port in rig.toml"),
    ],
)
def test_it_says_what_is_wrong_and_records_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rig.toml").write_text("schema = 1\n", encoding="utf-8")
    (tmp_path / "bad.toml").write_text("schema = 7\n", encoding="utf-8")
    timer = '[[devices]]\nid = "t"\nkind = "alge-timy"\n'
    (tmp_path / "no_port.toml").write_text(f"schema = 1\n{timer}", encoding="utf-8")
    result = CliRunner().invoke(command, [*arguments, "--no-browser"])
    assert result.exit_code in (1, 2)
    assert says in result.output
    assert not list(tmp_path.glob("sessions/*"))


def test_a_short_password_does_not_guard_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rig.toml").write_text("schema = 1\n", encoding="utf-8")
    monkeypatch.setenv("RIG_PASSWORD", "short")
    result = CliRunner().invoke(command, ["--setup", "rig.toml", "--host", "192.0.2.1"])
    assert result.exit_code == 2
    assert "10 characters" in result.output
