"""Which of the sensors that are heard are those that `rig.toml` declares."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firmware_protocol.wearables import WEARABLES, wearable
from rig.model.setup import Device


@dataclass(frozen=True, slots=True)
class Heard:
    """A Bluetooth device that is around.

    Attributes
    ----------
    address
        As the operating system names it (on macOS this is not the radio address).
    name, services
        What it advertises.
    rssi_dbm
        Signal strength; None where it is connected already and does not advertise.
    kind
        Kind of sensor, None where it is none that the rig knows.
    handle
        The driver's own object.
    """

    address: str
    name: str | None
    services: tuple[str, ...]
    rssi_dbm: int | None
    kind: str | None
    handle: Any = None

    def answers_to(self, address: str) -> bool:
        """Whether this is its address or its name."""
        return address.casefold() in (self.address.casefold(), (self.name or "").casefold())


@dataclass(frozen=True, slots=True)
class Match:
    """Wanted sensors that were found, by id, and ids of those of which more than one candidate is around."""

    found: Mapping[str, Heard]
    ambiguous: frozenset[str]


def kind_of(name: str | None, services: Iterable[str]) -> str | None:
    """Kind of sensor that advertises so; None where no kind, or more than one, recognises it."""
    advertised = tuple(services)
    kinds = [kind for kind in WEARABLES if wearable(kind).recognises(name, advertised)]
    return kinds[0] if len(kinds) == 1 else None


def match(wanted: Sequence[Device], declared: Sequence[Device], heard: Collection[Heard]) -> Match:
    """Find the wanted sensors among what is heard.

    A sensor with an address is the one that answers to it. Where one sensor of a kind is declared without an address,
    it is the only one of that kind around that no other declared sensor answers to. Nothing is guessed: of two
    candidates, or for two such declarations, neither is taken.

    Parameters
    ----------
    wanted
        Sensors that are looked for.
    declared
        All wearables of `rig.toml`, with the addresses that are known by now.
    heard
        What is around.
    """
    found = {d.id: h for d in wanted for h in heard if d.address is not None and h.answers_to(d.address)}
    doubtful: set[str] = set()
    for device in (d for d in wanted if d.address is None):
        free = [h for h in heard if h.kind == device.kind and not _claimed(h, declared)]
        rivals = [d for d in declared if d.kind == device.kind and d.address is None]
        if len(free) == 1 and len(rivals) == 1:
            found[device.id] = free[0]
        elif free:
            doubtful.add(device.id)
    return Match(found, frozenset(doubtful))


def _claimed(heard: Heard, declared: Sequence[Device]) -> bool:
    return any(d.address is not None and heard.answers_to(d.address) for d in declared)
