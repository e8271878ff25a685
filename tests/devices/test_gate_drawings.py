"""The drawings in the docs are those that the script draws, and say what the firmware's pins are."""

import importlib.util
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "drawings"
SVG = "{http://www.w3.org/2000/svg}"


def drawings() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("draw", FOLDER / "draw.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, str] = module.drawings()
    return found


@pytest.mark.parametrize("name", ["circuit.svg", "course.svg"])
def test_a_drawing_is_what_the_script_draws(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == drawings()[name], "run: python docs/drawings/draw.py"
    assert f"drawings/{name}" in "".join(page.read_text("utf-8") for page in FOLDER.parent.glob("*.md"))


def test_the_circuit_names_the_pins_of_the_wiring_table() -> None:
    page = (FOLDER.parent / "gate-hardware.md").read_text("utf-8")
    rows = [line.split("|")[2:5] for line in page.splitlines() if line.startswith("| ") and "PD" in line]
    texts = [text.text for text in ET.parse(FOLDER / "circuit.svg").iter(f"{SVG}text")]
    for gate, beam, pin in rows:
        place = texts.index(f"gate {gate.strip()} {beam.split(',')[1].strip()}")
        assert texts[place - 1] == pin.strip()
    assert len(rows) == 6
