"""What follows from a result: the next step with its dates, the programme, advice, and what is held back."""

from datetime import date, timedelta

from rig.model.document import Document
from rig.report.content import Advice, Block
from rig.report.readings import assessment_of
from rig.report.visit import Told
from rig.report.words import Words
from rig.scoring import Assessment, Category, Programme
from rig.scoring import fall_risk as risk
from rig.scoring.advice import bone_health_lines, fall_risk_lines
from rig.scoring.programme import (
    FACTS,
    REASSESS_AFTER_WEEKS,
    RECALIBRATE_AFTER_WEEKS,
    WEEKS,
    Line,
    programme_lines,
    withheld_lines,
)
from rig.scoring.vocabulary import Osteoporosis, Withheld


def unknown_signs(document: Document, words: Words) -> tuple[str, ...]:
    """Names of the signs of fall risk that are not known."""
    found = risk.signs(assessment_of(document))
    return tuple(words.t(f"report.sign.{sign}") for sign, present in found.items() if present is None)


def next_steps(document: Document, told: Told, day: date, words: Words) -> tuple[str, ...]:
    """What to do now, shortest form: what is held back, what is missing, the programme with its dates."""
    assessment = assessment_of(document)
    programme = document.scores["programme"]
    held = document.scores["withheld"]
    steps = [words.pair(words.t(f"report.next.withheld_{part}"), _reasons(assessment, words)) for part in held]
    if not held and not told.contraindications_asked:
        steps.append(words.t("report.next.ask"))
    steps += _to_complete(document, words)
    if programme is not None and Withheld.ALL not in held:
        shortest, longest = FACTS[Programme(programme)].session_min
        name = words.t(f"programme.name.{programme}")
        steps.append(
            words.say("report.next.programme", programme=name, weeks=WEEKS, shortest=shortest, longest=longest)
        )
        if not held:
            steps.append(_due("calibrate", day, RECALIBRATE_AFTER_WEEKS, words))
    steps.append(_due("reassess", day, REASSESS_AFTER_WEEKS, words))
    return tuple(steps)


def _due(what: str, day: date, weeks: int, words: Words) -> str:
    return words.say(f"report.next.{what}", date=(day + timedelta(weeks=weeks)).isoformat(), weeks=weeks)


def _reasons(assessment: Assessment, words: Words) -> str:
    lines = withheld_lines(assessment.contraindications)
    return words.semicolon.join(words.t(line.message) for line in lines if line.message.startswith("contraindication."))


def _to_complete(document: Document, words: Words) -> list[str]:
    """What is missing for a total, and for the programme."""
    sppb = document.scores["sppb"]
    missing = [words.t(f"part.{part}") for part in ("balance", "gait", "chair") if sppb[part] is None]
    if document.scores["fall_risk"] is None:
        missing += unknown_signs(document, words)
    return [words.say("report.next.complete", what=words.listed(missing))] if missing else []


def contraindications(document: Document, told: Told, words: Words) -> str:
    """What stands in the way of training; an empty list counts as "none" only where somebody asked."""
    reasons = _reasons(assessment_of(document), words)
    if reasons:
        return reasons
    return words.t(f"report.contraindications.{'none' if told.contraindications_asked else 'not_asked'}")


def blocks(document: Document, told: Told, words: Words) -> tuple[Block, ...]:
    """Advice by heading; the notice of what is held back stands once, first."""
    assessment = assessment_of(document)
    notice = withheld_lines(assessment.contraindications)
    found = (
        (words.t("report.contraindications"), notice),
        (_programme_heading(document, words), _programme(document, assessment)),
        (words.t("report.section.falls"), _falls(document, assessment)),
        (_bone_heading(assessment, words), bone_health_lines(assessment)),
    )
    said = {line.message for line in notice}
    kept = [
        (heading, lines if lines is notice else tuple(line for line in lines if line.message not in said))
        for heading, lines in found
    ]
    return tuple(Block(heading, _advice(lines, told, words)) for heading, lines in kept if lines)


def _advice(lines: tuple[Line, ...], told: Told, words: Words) -> tuple[Advice, ...]:
    texts = [Advice(words.line(line), condition=line.applies is None) for line in lines]
    noted = any(line.message == "programme.load.note" for line in lines) and told.bottle_ml is not None
    return (*texts, *([Advice(words.say("report.bottle", millilitres=told.bottle_ml))] if noted else ()))


def _programme_heading(document: Document, words: Words) -> str:
    return words.pair(words.t("page.programme"), words.or_missing("programme.name", document.scores["programme"]))


def _programme(document: Document, assessment: Assessment) -> tuple[Line, ...]:
    programme = document.scores["programme"]
    return () if programme is None else programme_lines(Programme(programme), assessment.contraindications)


def _falls(document: Document, assessment: Assessment) -> tuple[Line, ...]:
    category = document.scores["category"]
    known = None if category is None else Category(category)
    return fall_risk_lines(assessment, known) if document.scores["fall_risk"] else ()


def _bone_heading(assessment: Assessment, words: Words) -> str:
    severity = assessment.osteoporosis or Osteoporosis.UNKNOWN
    return words.pair(words.t("report.section.bone"), words.t(f"osteoporosis.{severity}"))
