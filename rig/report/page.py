"""A report as one self-contained page: font and pictures are inside, nothing is asked from outside."""

import base64
from functools import cache

from jinja2 import Environment, PackageLoader

from rig.locale import FOLDER
from rig.pipeline.session import Analysis
from rig.report.compose import compose
from rig.report.content import Report
from rig.report.visit import of_analysis

FONT = FOLDER / "fonts" / "NotoSansTC-subset.woff2"


def page(analysis: Analysis, language: str) -> str:
    """The page of a session that was just analysed, in one language of the catalogue (`zh_Hant_TW` or `en`)."""
    return html(compose(of_analysis(analysis), language))


def html(report: Report) -> str:
    """Set a report as HTML; it holds the pictures of all trials, where the PDF has those that count."""
    environment = Environment(loader=PackageLoader("rig.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("session.html.jinja").render(report=report, font=_font())


@cache
def _font() -> str:
    return base64.b64encode(FONT.read_bytes()).decode("ascii")
