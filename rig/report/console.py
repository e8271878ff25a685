"""A result document for the terminal."""

from rich.console import Console
from rich.table import Table

from rig.model.document import Document, Trial
from rig.report.wording import event_label, other_times, scored


def show(document: Document, console: Console, *, timeline: bool = False) -> None:
    """Print the scores, the trials and, if wanted, every event on the session's clock."""
    console.print(f"[bold]Session {document.session}[/bold]  {document.started_utc}  participant {_who(document)}")
    console.print(_trials(document))
    console.print(_scores(document))
    for fault in document.damage:
        console.print(f"[yellow]{fault.code}[/yellow] {fault.message}", highlight=False)
    if timeline:
        console.print(_timeline(document))


def _who(document: Document) -> str:
    person = document.participant
    facts = [str(fact) for fact in (person.id, person.sex) if fact is not None]
    return ", ".join([*facts, *([] if person.age_years is None else [f"{person.age_years} years"])]) or "unnamed"


def _trials(document: Document) -> Table:
    table = Table("test", "trial", "counted", "by", "aid", "doubts", title="Trials", title_justify="left")
    for trial in document.trials:
        by = ", ".join(time.profile for time in other_times(trial))
        table.add_row(trial.test, str(trial.ordinal), scored(trial, document), by, trial.aid, "\n".join(trial.quality))
    return table


def _scores(document: Document) -> Table:
    scores = document.scores
    table = Table("what", "result", title="Scores", title_justify="left", show_header=False)
    sppb = scores["sppb"]
    for part in ("balance", "gait", "chair"):
        table.add_row(f"SPPB {part}", f"{_value(sppb[part])} of 4")
    low, high = sppb["total_range"]
    spread = "" if sppb["total"] is not None else f" (can still be {low} to {high})"
    table.add_row("SPPB total", f"[bold]{_value(sppb['total'])} of 12[/bold]{spread}")
    because = ", ".join(scores["fall_risk_because"])
    table.add_row("fall risk", _yes(scores["fall_risk"]) + (f": {because}" if because else ""))
    table.add_row("category", f"[bold]{_value(scores['category'])}[/bold] (from {_value(scores['category_from'])})")
    table.add_row("programme", f"[bold]{_value(scores['programme'])}[/bold]")
    for key in ("withheld", "deviations", "borderline"):
        if scores.get(key):
            table.add_row(key, ", ".join(scores[key]))
    return table


def _timeline(document: Document) -> Table:
    table = Table("session s", "trial s", "u s", "event", "seen by", title="Timeline", title_justify="left")
    for trial in document.trials:
        table.add_section()
        table.add_row(f"{trial.started_us / 1e6:.3f}", "", "", f"[bold]{trial.test} {trial.ordinal}[/bold]", "")
        _trial_rows(table, trial)
    return table


def _trial_rows(table: Table, trial: Trial) -> None:
    for event in trial.events:
        at_s = (event.t_us - trial.started_us) / 1e6
        label = event_label(event.name, event.ordinal)
        table.add_row(f"{event.t_us / 1e6:.3f}", f"{at_s:.3f}", f"{event.u_us / 1e6:.3f}", label, event.source)


def _value(value: object) -> str:
    return "unknown" if value is None else str(value)


def _yes(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, "unknown") if isinstance(value, bool) else "unknown"
