"""A report as a PDF/A-2a of one or two A4 pages, set by typst with the rig's own font.

The same session and versions give the same bytes: the document's date is the session's, nothing else is dated.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from rig.locale import FOLDER
from rig.report.content import Report

FONTS = FOLDER / "fonts"
TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
MOST_PAGES = 2
SIZES_PT = (9.2, 8.8, 8.4, 8.0, 7.6)
"""Sizes of the running text that are tried in turn until the report fits."""
_PAGE = re.compile(rb"/Type\s*/Page\b")


class ReportError(Exception):
    """A report that could not be set."""


def pdf(report: Report) -> bytes:
    """Set a report; the type shrinks a little where there is more to say than usual.

    Raises
    ------
    ReportError
        Typst is not installed, or refused.
    """
    pages = b""
    for size_pt in SIZES_PT:
        pages = _compiled(report, size_pt)
        if len(_PAGE.findall(pages)) <= MOST_PAGES:
            break
    return pages


def _compiled(report: Report, size_pt: float) -> bytes:
    try:
        import typst
    except ModuleNotFoundError:
        raise ReportError("typst is missing: pip install 'sppb-rig[report]', or take --format html") from None
    try:
        return typst.compile(
            TEMPLATE,
            font_paths=[FONTS],
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"report": msgspec.json.encode(report).decode(), "size": f"{size_pt}pt"},
            pdf_standards="a-2a",
            timestamp=int(datetime(*report.day, tzinfo=UTC).timestamp()),
        )
    except (typst.TypstError, RuntimeError) as error:
        raise ReportError(f"the report could not be set: {error}") from error
