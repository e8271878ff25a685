"""A result document as one self-contained page: no outside request, plots drawn in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from jinja2 import Environment, PackageLoader

from rig.locale import translator
from rig.model.document import Document, Trial
from rig.pipeline.session import Analysis
from rig.report.plots import trial_svg
from rig.report.wording import scored

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Row:
    """One trial on the page."""

    name: str
    counted: str
    doubts: str
    picture: str


def page(analysis: Analysis, language: str) -> str:
    """The page in one language (`zh-Hant` or `en`)."""
    translate = translator(language)
    document = analysis.document
    environment = Environment(loader=PackageLoader("rig.report"), autoescape=True, trim_blocks=True)
    return environment.get_template("session.html.jinja").render(
        t=translate,
        language=language,
        document=document,
        headline=_headline(document, translate),
        remarks=list(_remarks(document, translate)),
        rows=[_row(trial, analysis, translate) for trial in document.trials],
        advice=advice_lines(document, translate),
        damage=[fault.message for fault in document.damage],
        versions=", ".join(f"{name} {version}" for name, version in document.versions.items()),
    )


def _headline(document: Document, t: Translate) -> list[tuple[str, str]]:
    scores = document.scores
    total = scores["sppb"]["total"]
    low, high = scores["sppb"]["total_range"]
    risk = {True: t("yes"), False: t("no"), None: t("unknown")}[scores["fall_risk"]]
    return [
        (t("SPPB total"), f"{total} / 12" if total is not None else f"{low}–{high} / 12"),
        (t("Fall risk"), risk),
        (t("Category"), str(scores["category"] or t("unknown"))),
        (t("Programme"), str(scores["programme"] or t("unknown"))),
    ]


def _row(trial: Trial, analysis: Analysis, t: Translate) -> Row:
    name = f"{t(trial.test)} {trial.ordinal}"
    picture = trial_svg(trial, analysis.data[trial.trial], escape(name))
    return Row(name, scored(trial, analysis.document), ", ".join(trial.quality), picture)


def _remarks(document: Document, t: Translate) -> Iterator[str]:
    """What the total is made of, why there is a risk, and what to keep in mind."""
    sppb = document.scores["sppb"]
    parts = (("balance", t("balance")), ("gait", t("gait")), ("chair", t("chair")))
    yield " · ".join(f"{name} {t('unknown') if sppb[key] is None else sppb[key]} / 4" for key, name in parts)
    for key in ("fall_risk_because", "borderline", "deviations", "withheld"):
        if document.scores.get(key):
            yield f"{t(key)}: {', '.join(_coded(code, t) for code in document.scores[key])}"


def _coded(code: str, t: Translate) -> str:
    """A code, or a `part:code`, in words."""
    return " – ".join(t(word) for word in code.split(":"))
