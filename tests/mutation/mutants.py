"""Mutants of a module, as cosmic-ray makes them, and whether its tests notice each."""

import gc
import importlib.util
import os
import resource
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from difflib import SequenceMatcher
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB, use_db
from hypothesis import HealthCheck, Phase, settings

PACKAGE = "firmware_protocol"
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 20
"""A mutant whose tests take more of a processor hangs, which is noticed; one that waits is given twenty times that."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one fault.

    Attributes
    ----------
    where
        Function or class, and the operator of cosmic-ray.
    was, becomes
        The changed lines.
    source
        The whole spoilt module.
    """

    where: str
    was: str
    becomes: str
    source: str

    @property
    def key(self) -> str:
        """What tells it from other mutants of its module, wherever the lines stand."""
        return f"{self.was} => {self.becomes}"


def mutants(module: str, chosen: slice = slice(None)) -> Iterator[Mutant]:
    """All mutants of a module or some of them, those of one text once."""
    path = ROOT / PACKAGE / f"{module}.py"
    source = path.read_text(encoding="utf-8")
    seen = {source}
    with tempfile.TemporaryDirectory() as folder, use_db(f"{folder}/session.sqlite", WorkDB.Mode.create) as database:
        init([path], database, {})
        for item in list(database.work_items)[chosen]:
            (spec,) = item.mutations
            spoilt = mutate_code(source, get_operator(spec.operator_name)(**spec.operator_args), spec.occurrence)
            if spoilt is not None and spoilt not in seen:
                seen.add(spoilt)
                was, becomes = _changed(source, spoilt)
                operator = spec.operator_name.removeprefix("core/")
                yield Mutant(f"{spec.definition_name or 'module'}, {operator}", was, becomes, spoilt)


def _changed(source: str, spoilt: str) -> tuple[str, str]:
    """The lines that differ; a decorator with what it decorates."""
    before, after = source.splitlines(), spoilt.splitlines()
    changes = [c for c in SequenceMatcher(None, before, after, autojunk=False).get_opcodes() if c[0] != "equal"]
    first, last = changes[0][1], changes[-1][2]
    last += before[last - 1].startswith("@")
    shift = len(after) - len(before)
    return _one_line(before[first:last]), _one_line(after[first : last + shift])


def _one_line(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)


class _Watch:
    """Takes fewer examples a property than the suite, as there are thousands of mutants; keeps the first red test."""

    def __init__(self) -> None:
        self.red = ""

    def pytest_configure(self) -> None:
        settings.register_profile(
            "mutation",
            deadline=None,
            derandomize=True,
            max_examples=40,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutation")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.red = self.red or report.nodeid.split("::")[-1]


def _install(name: str, source: str) -> None:
    """Put a module made of this text in the place of its file."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    exec(compile(source, str(spec.origin), "exec"), module.__dict__)


def _test(module: str, source: str, stages: list[list[str]], told: Connection) -> None:
    """In a process of its own: tells the first red test, or nothing where all pass."""
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE_S, PATIENCE_S))
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        try:
            _install(f"{PACKAGE}.{module.replace('/', '.')}", source)
        except Exception as error:  # noqa: BLE001 - a mutant that cannot even be imported is noticed
            told.send(f"import: {type(error).__name__}")
            return
        told.send(next(filter(None, map(_red, stages)), ""))
        os._exit(0)


def _red(tests: list[str]) -> str:
    watch = _Watch()
    options = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain"]
    code = pytest.main([*options, *tests], plugins=[watch])
    return "" if code == 0 else watch.red or "collection"


def first_red_test(module: str, source: str, stages: list[list[str]]) -> str:
    """The first test that fails with this text in the module's place; empty where all pass."""
    fork = get_context("fork")
    gc.freeze()  # what is here already need not be looked through in every process
    heard, told = fork.Pipe(duplex=False)
    process = fork.Process(target=_test, args=(module, source, stages, told))
    process.start()
    told.close()
    try:
        return str(heard.recv()) if heard.poll(20 * PATIENCE_S) else "hangs"
    except EOFError:
        return "crash"
    finally:
        process.kill()
        process.join()
