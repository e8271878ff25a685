"""Writes a set-up as the text of `rig.toml`."""

import json
from collections.abc import Iterator

from rig.model.setup import Device, Setup

_PLAIN = Device("", "gate-timer")


def write_setup(setup: Setup) -> str:
    """The TOML text that `rig.model.setup.parse_setup` reads back as the same set-up."""
    return "\n".join(_lines(setup)) + "\n"


def _lines(setup: Setup) -> Iterator[str]:
    yield f"schema = {setup.schema}"
    yield from ("", "[course]", f'start = "{setup.course.start}"')
    for gate in setup.course.gates:
        heights = ", ".join(str(height) for height in gate.beam_heights_mm)
        yield from ("", "[[course.gates]]", f"gate = {gate.gate}", f"position_m = {gate.position_m}")
        yield f"beam_heights_mm = [{heights}]"
    for device in setup.devices:
        yield from ("", "[[devices]]", f'id = "{device.id}"', f'kind = "{device.kind}"')
        if device.role:
            yield f'role = "{device.role.value}"'
        for name, value in (("port", device.port), ("address", device.address)):
            if value is not None:
                yield f"{name} = {_quoted(value)}"
        if device.channels:
            yield f"channels = {{ {', '.join(f'{_quoted(c)} = {gate}' for c, gate in device.channels.items())} }}"
        if device.baud != _PLAIN.baud:
            yield f"baud = {device.baud}"
        if device.delay_ms:
            yield f"delay_ms = {device.delay_ms}"


def _quoted(text: str) -> str:
    """A basic string of TOML, which a JSON string is."""
    return json.dumps(text)
