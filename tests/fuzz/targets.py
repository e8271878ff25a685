"""Every fuzz target by its name: add decoders here."""

from tests.fuzz import gate_timer
from tests.fuzz.target import Target

TARGETS = {
    "gate-timer-noise": Target(gate_timer.noise, full=40_000_000, small=1_000_000),
    "gate-timer-mutants": Target(gate_timer.mutants, full=40_000_000, small=300_000),
    "gate-timer-strangers": Target(gate_timer.strangers, full=10_000_000, small=200_000),
    "gate-timer-valid": Target(gate_timer.valid, full=20_000_000, small=500_000),
}
