"""The command `rig score`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rig.cli.score import command
from tests.scoring.helpers import FULL

GOOD = json.dumps(FULL)


def run(*args: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(command, args, input=stdin)


def objects(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("args", [("-",), ("-", "--json"), ("--json", "-")])
def test_one_object(args: tuple[str, ...]) -> None:
    result = run(*args, stdin=GOOD)
    assert (result.exit_code, result.stderr) == (0, "")
    (found,) = objects(result)
    assert found["category"] == "C"


def test_an_indented_object_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(FULL, indent=4), encoding="utf-8")
    result = run(str(file))
    assert result.exit_code == 0
    assert len(objects(result)) == 1


def test_good_lines_are_scored_in_order_and_bad_ones_named(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    bad = ['{"id": "b", "chair": {"time_s": "13"}}', "{", '{"id": "c", "id": "c"}']
    file.write_text("\n".join([GOOD, "", *bad, '{"id": "z"}']), encoding="utf-8")
    result = run(str(file))
    assert result.exit_code == 2
    assert [found["id"] for found in objects(result)] == ["a1", "z"]
    assert [line.split(": ")[0] for line in result.stderr.splitlines()] == [f"{file}:{n}" for n in (3, 4, 5)]
    assert "chair.time_s" in result.stderr


def test_a_bad_line_of_an_indented_object_is_named() -> None:
    result = run("-", stdin='{\n  "id": "a",\n  "chair": {,}\n}\n')
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("-:3: not JSON")


@pytest.mark.parametrize("stdin", ["", "\n\n"])
def test_nothing_to_score(stdin: str) -> None:
    result = run("-", stdin=stdin)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("-: no assessment in it")


def test_bytes_that_are_not_utf_8() -> None:
    result = run("-", stdin=b"\xff\xfe\n" + GOOD.encode())
    assert (result.exit_code, len(objects(result))) == (2, 1)
    assert result.stderr.startswith("-:1: not UTF-8")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for file in (tmp_path / "absent.json", tmp_path):
        result = run(str(file))
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"{file}: cannot be read: ")
        assert result.stderr.count("\n") == 1


def test_help_has_an_example() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert '\n    echo \'{"id": "a1"' in result.stdout


def test_the_example_of_the_help_runs() -> None:
    assert run("-", stdin='{"id": "a1", "chair": {"time_s": 13.2}}').exit_code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_output_that_cannot_be_written() -> None:
    code = "from rig.cli.score import command; command()"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", code, "-"], input=GOOD.encode(), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"standard output: cannot be written")


def test_scoring_is_light_to_import() -> None:
    code = (
        "import sys, rig.cli.score; assert 'msgspec' not in sys.modules; "
        "import rig.scoring; assert not {'numpy', 'scipy', 'mcap', 'rich'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
