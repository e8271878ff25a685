"""The five fixtures as visits, each replayed once; and how to change what a document says."""

from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from rig.model.document import Document, Trial
from rig.report.visit import Visit, read_visit

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PEOPLE = ("robust", "pre_frail", "frail_walker", "cannot_rise", "tandem_step_out")
LANGUAGES = ("zh_Hant_TW", "en")


@cache
def visit(person: str) -> Visit:
    """A fixture's session, replayed."""
    return read_visit(FIXTURES / person / "session")


def only_document(document: Document) -> Visit:
    """A visit without its signals."""
    return Visit(document)


def with_trial(document: Document, name: str, **changes: Any) -> Document:
    """A document of which one trial is otherwise."""
    trials: list[Trial] = [replace(t, **changes) if t.trial == name else t for t in document.trials]
    return replace(document, trials=tuple(trials))


def with_scores(document: Document, **changes: Any) -> Document:
    """A document with other scores."""
    return replace(document, scores=document.scores | changes)
