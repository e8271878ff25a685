"""The page's own start signal: pressed first, sounded after."""

import pytest

from rig.battery import Action, ActionKind, Battery, RefusedError, press, sounded, state_of, unheard
from rig.model.marks import MarkKind
from rig.model.records import Json, Mark
from tests.battery.walkthrough import NS, START_NS

PRESSED_NS = START_NS + 10 * NS
SOUND_NS = PRESSED_NS + 80_000_000
ARRIVED_NS = PRESSED_NS + 120_000_000


def _pressed(*, source: str = "page") -> list[Mark]:
    """A walk whose cue is pressed."""
    marks: list[Mark] = []
    steps: tuple[tuple[ActionKind, dict[str, Json], int], ...] = (
        (ActionKind.PARTICIPANT, {"id": "p1"}, START_NS),
        (ActionKind.GO, {"step": "tug"}, START_NS + NS),
        (ActionKind.START, {}, START_NS + 2 * NS),
        (ActionKind.CUE, {"source": source, "token": 7}, PRESSED_NS),
    )
    for kind, data, t_ns in steps:
        marks += press(state_of(marks), Action(kind, data), t_ns)
    return marks


def _state(marks: list[Mark]) -> Battery:
    found = state_of(marks)
    assert found == state_of(sorted(marks, key=lambda mark: mark.t_ns))
    return found


def test_what_sounded_takes_the_place_of_the_press() -> None:
    marks = _pressed()
    marks.append(sounded(_state(marks), 7, SOUND_NS, 6_000, ARRIVED_NS))
    trial = _state(marks).active
    assert trial is not None
    assert (trial.go_ns, trial.cued_by) == (SOUND_NS, "page")
    assert marks[-1].data == {"source": "page", "token": 7, "u_us": 6_000, "by": "rig"}
    assert unheard(_state(marks)) is None


def test_an_undo_takes_back_the_press_and_the_sound() -> None:
    marks = _pressed()
    marks.append(sounded(_state(marks), 7, SOUND_NS, 6_000, ARRIVED_NS))
    marks += press(_state(marks), Action(ActionKind.UNDO), ARRIVED_NS + NS)
    trial = _state(marks).active
    assert trial is not None
    assert trial.go_ns is None
    with pytest.raises(RefusedError):
        sounded(_state(marks), 7, ARRIVED_NS + 2 * NS, 6_000, ARRIVED_NS + 3 * NS)


@pytest.mark.parametrize(("token", "t_ns"), [(6, SOUND_NS), (7, PRESSED_NS), (7, ARRIVED_NS + 1)])
def test_what_cannot_be_is_refused(token: int, t_ns: int) -> None:
    """Another cue's token, a sound that is not after the press, one that is still to come."""
    with pytest.raises(RefusedError):
        sounded(_state(_pressed()), token, t_ns, 6_000, ARRIVED_NS)


@pytest.mark.parametrize("source", ["operator", "gate_timer"])
def test_only_the_pages_own_cue_is_waited_for(source: str) -> None:
    state = _state(_pressed(source=source))
    assert unheard(state) is None
    with pytest.raises(RefusedError):
        sounded(state, 7, SOUND_NS, 6_000, ARRIVED_NS)


def test_it_sounds_once() -> None:
    marks = _pressed()
    marks.append(sounded(_state(marks), 7, SOUND_NS, 6_000, ARRIVED_NS))
    with pytest.raises(RefusedError):
        sounded(_state(marks), 7, SOUND_NS + 1, 6_000, ARRIVED_NS)


@pytest.mark.parametrize("kind", [ActionKind.WATCH, ActionKind.ABORT])
def test_who_has_pressed_something_else_since_is_not_told_what_came_before(kind: ActionKind) -> None:
    """Times of marks run as they are written; the press then stands with what it is worth."""
    marks = _pressed()
    marks += press(_state(marks), Action(kind, {"reason": "other"}), SOUND_NS - 1)
    with pytest.raises(RefusedError):
        sounded(_state(marks), 7, SOUND_NS, 6_000, ARRIVED_NS)


def test_nothing_is_waited_for_once_the_trial_has_ended() -> None:
    marks = _pressed()
    trial = _state(marks).active
    assert trial is not None
    marks.append(Mark(MarkKind.TRIAL_END, SOUND_NS - 1, trial.id, {"by": "rig"}))
    with pytest.raises(RefusedError):
        sounded(_state(marks), 7, SOUND_NS, 6_000, ARRIVED_NS)
