"""The page's own start signal: the press comes first, and what the page then says of when it sounded."""

from rig.battery.actions import RefusedError
from rig.battery.fold import BY_RIG
from rig.battery.state import Battery
from rig.model.marks import MarkKind
from rig.model.records import Mark

PAGE = "page"


def unheard(state: Battery) -> Mark | None:
    """The page's cue that was pressed last, as long as nobody has said when it sounded."""
    pressed = state.last[0] if state.last and state.active is not None else None
    if pressed is None or pressed.kind != MarkKind.CUE or pressed.data.get("source") != PAGE:
        return None
    return None if any("u_us" in mark.data for mark in state.last) else pressed


def sounded(state: Battery, token: int, t_ns: int, u_us: int, now_ns: int) -> Mark:
    """The mark of a cue that has sounded: it takes the place of the press, and an undo takes back both.

    Parameters
    ----------
    token
        Of the press.
    t_ns, u_us
        When it sounded, and the standard uncertainty of that.

    Raises
    ------
    RefusedError
        The cue is not waited for, or something else was decided before it sounded, or it has yet to sound.
    """
    cue = unheard(state)
    if cue is None or cue.data.get("token") != token:
        raise RefusedError(f"sounded: no cue {token} is waited for")
    if not state.last_ns < t_ns <= now_ns:
        raise RefusedError(f"sounded: {t_ns} ns is not between the latest mark, {state.last_ns}, and now, {now_ns}")
    return Mark(MarkKind.CUE, t_ns, cue.trial, cue.data | {"u_us": u_us, "by": BY_RIG})
