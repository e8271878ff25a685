"""Which marks stand: an operator may take back what was pressed, and both stay in the recording."""

from collections.abc import Iterable

from rig.model.marks import MarkKind
from rig.model.records import Json, Mark


def undo(marks: Iterable[Mark], t_ns: int) -> Mark:
    """The mark that takes `marks` back."""
    taken: list[Json] = [_name(mark, t_ns) for mark in marks]
    return Mark(MarkKind.UNDO, t_ns, None, {"marks": taken})


def standing(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Leave out the marks that were taken back, and the undoing itself.

    Raises
    ------
    ValueError
        An undo names a mark that does not stand.
    """
    left: list[Mark] = []
    for mark in marks:
        if mark.kind == MarkKind.UNDO:
            _take_back(left, mark)
        else:
            left.append(mark)
    return tuple(left)


def _take_back(left: list[Mark], undoing: Mark) -> None:
    named = undoing.data.get("marks")
    for name in named if isinstance(named, list) else ():
        place = next((i for i in reversed(range(len(left))) if _name(left[i], undoing.t_ns) == name), None)
        if place is None:
            raise ValueError(f"the undo at {undoing.t_ns} ns takes back {name}, which does not stand")
        del left[place]


def _name(mark: Mark, undone_ns: int) -> list[Json]:
    """A mark by how long before the undoing it was: that stays, whatever axis a recording is read on."""
    return [mark.kind, undone_ns - mark.t_ns, mark.trial]
