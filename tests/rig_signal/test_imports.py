"""What importing the measures drags in. Modules are counted, not seconds: a slow machine must not fail a test."""

import json
import pkgutil
import subprocess
import sys

import rig_signal

SCRIPT = """
import importlib, json, sys
import numpy, scipy.signal
base = set(sys.modules)
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(sorted(set(sys.modules) - base)))
"""
OWN = [f"rig_signal.{module.name}" for module in pkgutil.iter_modules(rig_signal.__path__)]


def added_by(modules: list[str]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(modules)], capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stdout))


def test_the_measures_need_nothing_that_numpy_and_scipy_signal_have_not_brought() -> None:
    added = added_by(OWN)
    assert set(OWN) <= set(added)
    assert [name for name in added if name.split(".")[0] != "rig_signal"] == []


def test_the_package_itself_imports_no_measure() -> None:
    assert added_by(["rig_signal"]) == ["rig_signal"]
