"""What the verbs of `rig devices` share: their options, their words, and how they end."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rig.locale import LANGUAGES, translator

if TYPE_CHECKING:
    from firmware_protocol.gate_timer import Info
    from rig.model.setup import Course

COULD_NOT, BAD_INPUT = 1, 2
Words = Callable[[str], str]

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
port = click.option("--port", metavar="PORT", help="Serial port of the gate timer; searched for on USB without.")
setup_file = click.option(
    "--setup",
    "setup_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The lab's rig.toml: gives the port, and what should be fitted.",
)
language = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=lambda: "zh_Hant_TW" if _system_language().startswith("zh") else "en",
    help="Language of what is printed; that of the system by default.",
)


def _system_language() -> str:
    return next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")


def words(chosen: str) -> Words:
    """The texts in one language."""
    return translator(chosen)


@contextmanager
def said_plainly() -> Iterator[None]:
    """Turn a device that cannot be used into one line on standard error and exit 1; Ctrl-C is a quiet end."""
    from rig.devices.base import DeviceError

    try:
        yield
    except DeviceError as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(COULD_NOT) from None
    except KeyboardInterrupt:
        raise click.exceptions.Exit(0) from None


@dataclass(frozen=True, slots=True)
class Declared:
    """What is known of the lab beforehand: the timer's port and the course, or neither."""

    port: str | None
    course: "Course | None"

    def faults(self, info: "Info") -> list[str]:
        """What does not fit between a timer and the course."""
        from rig.timeline.faults import info_faults

        return [] if self.course is None else list(info_faults(info, self.course))


def lab(chosen_port: str | None, file: Path | None) -> Declared:
    """Read --port and --setup; a set-up that cannot be used ends the command with exit 2."""
    if file is None:
        return Declared(chosen_port, None)
    from rig.model.setup import parse_setup

    try:
        setup = parse_setup(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        click.echo(f"{file}: {error}", err=True)
        raise click.exceptions.Exit(BAD_INPUT) from None
    timer = next((device for device in setup.devices if device.kind == "gate-timer"), None)
    return Declared(chosen_port or (timer.port if timer else None), setup.course)


def print_json(answer: Mapping[str, Any]) -> None:
    """One object on one line, at once."""
    import msgspec

    click.echo(msgspec.json.encode(answer))


def beam_name(say: Words, gate: int, beam: int, height_mm: int) -> str:
    """A beam as people read it."""
    return say("gates.beam").format(gate=gate, beam=beam, height=height_mm)
