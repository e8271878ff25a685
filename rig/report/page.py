"""A result document as one self-contained page: no outside request, plots drawn in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

import msgspec
from jinja2 import Environment, PackageLoader

from rig.locale import translator
from rig.model.document import Document, Trial
from rig.pipeline.session import Analysis
from rig.report.plots import trial_svg
from rig.report.wording import scored
from rig.scoring import Category, Programme, read_assessment
from rig.scoring.advice import bone_health_lines, fall_risk_lines
from rig.scoring.programme import Line, programme_lines

Translate = Callable[[str], str]
HTML_LANGUAGE = {"zh_Hant_TW": "zh-Hant-TW", "en": "en"}


@dataclass(frozen=True, slots=True)
class Row:
    """One trial on the page."""

    name: str
    counted: str
    doubts: str
    picture: str


def page(analysis: Analysis, language: str) -> str:
    """The page in one language of the catalogue (`zh_Hant_TW` or `en`)."""
    translate = translator(language)
    document = analysis.document
    environment = Environment(loader=PackageLoader("rig.report"), autoescape=True, trim_blocks=True)
    return environment.get_template("session.html.jinja").render(
        t=translate,
        lang=HTML_LANGUAGE[language],
        document=document,
        headline=_headline(document, translate),
        remarks=list(_remarks(document, translate)),
        rows=[_row(trial, analysis, translate) for trial in document.trials],
        advice=[_line(line, translate) for line in advice(document)],
        damage=[fault.message for fault in document.damage],
        versions=", ".join(f"{name} {version}" for name, version in document.versions.items()),
    )


def advice(document: Document) -> tuple[Line, ...]:
    """What goes with the result: the programme's facts, fall-risk advice where there is a risk, bone health."""
    assessment = read_assessment(msgspec.json.encode(document.assessment))
    programme, category = document.scores["programme"], document.scores["category"]
    facts = () if programme is None else programme_lines(Programme(programme), assessment.contraindications)
    known = None if category is None else Category(category)
    falls = fall_risk_lines(assessment, known) if document.scores["fall_risk"] else ()
    return _each_once((*facts, *falls, *bone_health_lines(assessment)))


def _each_once(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple({line.message: line for line in lines}.values())


def _headline(document: Document, t: Translate) -> list[tuple[str, str]]:
    scores = document.scores
    total = scores["sppb"]["total"]
    low, high = scores["sppb"]["total_range"]
    risk = {True: "fall_risk.true", False: "fall_risk.false", None: "fall_risk.null"}[scores["fall_risk"]]
    return [
        (t("part.total"), f"{total} / 12" if total is not None else f"{low}–{high} / 12"),
        (t("page.fall_risk"), t(risk)),
        (t("page.category"), _code("category", scores["category"], t)),
        (t("page.programme"), _code("programme.name", scores["programme"], t)),
    ]


def _row(trial: Trial, analysis: Analysis, t: Translate) -> Row:
    name = f"{t(f'part.{trial.test}')} {trial.ordinal}"
    picture = trial_svg(trial, analysis.data[trial.trial], escape(name))
    return Row(name, _counted(trial, analysis.document, t), ", ".join(trial.quality), picture)


def _counted(trial: Trial, document: Document, t: Translate) -> str:
    if trial.status == "unable":
        return f"{t('status.unable')}: {t(f'unable.{trial.reason}')}"
    if trial.status == "completed":
        return scored(trial, document) if trial.times else t("status.completed")
    return f"{t(f'status.{trial.status}')}: {trial.reason}"


def _remarks(document: Document, t: Translate) -> Iterator[str]:
    """What the total is made of, why there is a risk, and what to keep in mind."""
    scores = document.scores
    points = {part: scores["sppb"][part] for part in ("balance", "gait", "chair")}
    yield " · ".join(
        f"{t(f'part.{part}')} {t('score.missing') if value is None else f'{value} / 4'}"
        for part, value in points.items()
    )
    kinds = {"fall_risk_because": "fall_sign", "borderline": "part", "withheld": "withheld"}
    for key, kind in kinds.items():
        if scores.get(key):
            heading = "page.fall_risk" if key == "fall_risk_because" else f"page.{key}"
            yield f"{t(heading)}: {', '.join(t(f'{kind}.{code}') for code in scores[key])}"
    if scores["deviations"]:
        yield f"{t('page.deviations')}: {'; '.join(_deviation(code, t) for code in scores['deviations'])}"


def _deviation(code: str, t: Translate) -> str:
    part, _, what = code.partition(":")
    return f"{t(f'part.{part}')} – {t(f'deviation.{what}')}"


def _line(line: Line, t: Translate) -> str:
    return t(line.message).format(**line.values)


def _code(kind: str, code: str | None, t: Translate) -> str:
    return t("score.missing") if code is None else t(f"{kind}.{code}")
