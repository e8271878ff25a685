"""The `signal/` folder must never shadow Python's own signal module."""

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_standard_signal_module_is_not_shadowed() -> None:
    assert hasattr(signal, "SIGTERM")
    assert not (ROOT / "signal" / "__init__.py").exists()
    assert not (ROOT / "signal.py").exists()


def test_fresh_interpreter_in_the_root_imports_what_needs_signal() -> None:
    code = "import asyncio, subprocess, signal; assert signal.SIGTERM"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
