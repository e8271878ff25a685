"""Every fuzz target by its name: add decoders here."""

from firmware_protocol.wearables import WEARABLES
from tests.fuzz import gate_timer
from tests.fuzz.target import Target
from tests.fuzz.wearables import target as wearable_target

TARGETS = {
    "gate-timer-noise": Target(gate_timer.noise, full=40_000_000, small=1_000_000),
    "gate-timer-mutants": Target(gate_timer.mutants, full=40_000_000, small=300_000),
    "gate-timer-strangers": Target(gate_timer.strangers, full=10_000_000, small=200_000),
    "gate-timer-valid": Target(gate_timer.valid, full=20_000_000, small=500_000),
    # Here `full` and `small` are mutated notifications.
    **{kind: Target(wearable_target(kind), full=10_000_000, small=6_000) for kind in WEARABLES},
}
