"""What stands in a report, in the reader's language: the page and the PDF show the same."""

import msgspec


class Fact(msgspec.Struct, frozen=True):
    """A name and its value."""

    name: str
    value: str


class Card(msgspec.Struct, frozen=True):
    """One of the results that a reader looks for first: name, value, what it means, and what it rests on."""

    name: str
    value: str
    meaning: str = ""
    notes: tuple[str, ...] = ()
    alarming: bool = False


class TrialLine(msgspec.Struct, frozen=True):
    """One trial in the table: `counted` where its time made the points, `by_hand` where a person decided."""

    name: str
    time: str
    notes: tuple[str, ...] = ()
    counted: bool = False
    by_hand: bool = False


class Item(msgspec.Struct, frozen=True):
    """One test of the battery: how it was timed, its trials, and what came out."""

    name: str
    timing: str
    trials: tuple[TrialLine, ...]
    outcome: str
    doubts: tuple[str, ...] = ()


class Advice(msgspec.Struct, frozen=True):
    """A line of advice; `condition`: it holds where the condition it names is met."""

    text: str
    condition: bool = False


class Block(msgspec.Struct, frozen=True):
    """Advice under one heading."""

    heading: str
    lines: tuple[Advice, ...]


class Grid(msgspec.Struct, frozen=True):
    """A table: a heading, the names of its columns, its rows, and a remark under it."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    remark: str = ""


class Plot(msgspec.Struct, frozen=True):
    """A picture of one trial, and how many sixths of a line it needs; `counted` ones stand in the PDF."""

    name: str
    svg: str
    sixths: int
    counted: bool


class Report(msgspec.Struct, frozen=True):
    """A report in one language; `day` is the session's, `line_bytes` about how much fits a half line."""

    language: str
    title: str
    session: str
    day: tuple[int, int, int]
    who: tuple[Fact, ...]
    cards: tuple[Card, ...]
    next_heading: str
    next_steps: tuple[str, ...]
    warnings: tuple[str, ...]
    results_heading: str
    columns: tuple[str, ...]
    items: tuple[Item, ...]
    results_remark: str
    advice: tuple[Block, ...]
    advice_legend: str
    separator: str
    line_bytes: int
    grids: tuple[Grid, ...]
    signals_heading: str
    signals_remark: str
    plots: tuple[Plot, ...]
    devices: Grid
    intended: str
    origin: tuple[str, ...]
    hand_label: str
    counted_label: str
    page_label: str
