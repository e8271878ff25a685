"""What the page is sent: the state when it changes, and the present moment twenty times a second."""

import json
from collections.abc import Sequence

from msgspec import to_builtins

from rig.battery import current_step, hints, needs, options
from rig.battery.state import TrialState
from rig.devices.base import DeviceStatus
from rig.model.records import Json
from rig.model.setup import Role, Setup
from rig.web.desk import Desk

MS = 1_000_000
US = 1_000


def state_frame(desk: Desk) -> dict[str, Json]:
    """All that is decided so far, and what may be done next; times in milliseconds of the host's clock."""
    state = desk.state
    return {
        "session": desk.opened.folder.name,
        "course": to_builtins(desk.opened.setup.course),
        "version": desk.version,
        "now_ms": desk.now_ns // MS,
        "step": current_step(state).value,
        "steps": [{"id": step.value, "need": need.value} for step, need in needs(state).items()],
        "options": to_builtins(options(state), str_keys=True),
        "hints": [hint.value for hint in hints(state, desk.now_ns)],
        "participant": state.participant,
        "answers": state.answers,
        "bottle": state.bottle,
        "counting": state.count_ns is not None,
        "wrist": any(device.role is Role.WRIST for device in desk.opened.setup.devices),
        "route": state.route,
        "trial": None if state.active is None else _trial(state.active),
        "doubt": None if state.in_doubt is None else state.in_doubt.id,
        "trials": [_trial(trial) for trial in state.trials],
        "edits": [{"trial": mark.trial, **mark.data} for mark in desk.edits],
        "can_undo": bool(state.last),
        "closed": state.closed,
        "over": desk.over,
        "busy": desk.busy,
        "result": None if desk.result is None else json.loads(desk.result.document),
    }


def _trial(trial: TrialState) -> dict[str, Json]:
    return {
        "id": trial.id,
        "test": trial.test.value,
        "ordinal": trial.ordinal,
        "aid": trial.aid,
        "phase": trial.phase.value,
        "started_ms": trial.started_ns // MS,
        "go_ms": _ms(trial.go_ns),
        "stop_ms": _ms(trial.stop_ns),
        "cued_by": trial.cued_by,
        "watch_ms": _ms(trial.watch_ns),
        "stop_reason": trial.stop_reason,
        "unable": trial.unable,
        "aborted": trial.aborted,
        "manual_us": trial.manual_us,
        "shown": trial.shown,
    }


def _ms(t_ns: int | None) -> int | None:
    return None if t_ns is None else t_ns // MS


def live_frame(desk: Desk, statuses: Sequence[DeviceStatus], trouble: str) -> dict[str, Json]:
    """The present moment: beams, new points of the traces, devices, and the running trial on the data so far."""
    now = desk.live.take()
    return {
        "now_us": desk.now_ns // US,
        "version": desk.version,
        "beams": dict(now.beams),
        "traces": to_builtins(now.traces),
        "devices": [_device(status, desk.opened.setup, now.last_ns, desk.now_ns) for status in statuses],
        "running": None if desk.running is None else to_builtins(desk.running),
        "clocks": to_builtins(desk.clocks),
        "lifts": None if desk.lifts is None else to_builtins(desk.lifts),
        "trouble": trouble,
        "disk": {"level": "full" if desk.stopped else desk.space.level.value, "free_mb": desk.space.free_mb},
    }


def _device(status: DeviceStatus, setup: Setup, last_ns: dict[str, int], now_ns: int) -> dict[str, Json]:
    found: dict[str, Json] = to_builtins(status)
    declared = next((device for device in setup.devices if device.id == status.id), None)
    last = last_ns.get(status.id)
    age_ms = None if last is None else (now_ns - last) // MS
    role = None if declared is None or declared.role is None else declared.role.value
    return {key: value for key, value in found.items() if not key.endswith("_ns")} | {"role": role, "age_ms": age_ms}
