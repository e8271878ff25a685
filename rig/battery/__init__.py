"""The assessment as a state machine: marks in, what may be done next out.

The state is what the recording's marks say (`state_of`), nothing else, so a session that was broken off goes on from
its recording. `options` says which actions are open now, `press` turns an action into the marks that are to be
recorded, `due` gives the marks that time alone asks for. No input, no output, no clock: the time is an argument.
"""

from rig.battery.actions import Action, ActionKind, RefusedError, press
from rig.battery.fold import state_of
from rig.battery.hints import Hint, hints
from rig.battery.options import Option, options
from rig.battery.plan import Need, Step, current_step, needs
from rig.battery.sounding import sounded, unheard
from rig.battery.state import Battery, Phase, TrialState
from rig.battery.time_alone import due, shown

__all__ = [
    "Action",
    "ActionKind",
    "Battery",
    "Hint",
    "Need",
    "Option",
    "Phase",
    "RefusedError",
    "Step",
    "TrialState",
    "current_step",
    "due",
    "hints",
    "needs",
    "options",
    "press",
    "shown",
    "sounded",
    "state_of",
    "unheard",
]
