"""The published schema of the result document is the code's own."""

import json
from pathlib import Path

from rig.model.document import SCHEMA_VERSION, json_schema

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "result-document.schema.json"


def test_the_published_schema_is_up_to_date() -> None:
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == json_schema(), "python -m tests.pipeline.test_schema"


def test_every_fixture_says_its_schema_version() -> None:
    documents = sorted((PUBLISHED.parents[1] / "fixtures").glob("*/document.json"))
    assert documents
    assert {json.loads(path.read_text(encoding="utf-8"))["schema_version"] for path in documents} == {SCHEMA_VERSION}


if __name__ == "__main__":
    PUBLISHED.write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")
