"""The tree of objects that `org.bluez` shows on a bus, with the signals that follow from its changes."""

from collections.abc import Callable, Iterable, Mapping

from dbus_fast import Message, Variant

BLUEZ = "org.bluez"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"

Value = str | bool | int | bytes | list[str] | dict[str, Variant]
_SIGNATURES: Mapping[str, str] = {
    "Adapter": "o",
    "Device": "o",
    "Service": "o",
    "RSSI": "n",
    "MTU": "q",
    "Handle": "q",
    "Class": "u",
    "Value": "ay",
    "UUIDs": "as",
    "Roles": "as",
    "Flags": "as",
}
"""D-Bus signatures by the property's name; others follow from the value."""


def variant(name: str, value: Value) -> Variant:
    """A property's value with its D-Bus type."""
    return Variant(_SIGNATURES.get(name) or ("b" if isinstance(value, bool) else "s"), value)


class ObjectTree:
    """Objects by path; every change is emitted as BlueZ emits it."""

    def __init__(self, emit: Callable[[Message], object]) -> None:
        self._emit = emit
        self.objects: dict[str, dict[str, dict[str, Variant]]] = {}

    def add(self, path: str, interface: str, properties: Mapping[str, Value]) -> None:
        """Show a new object."""
        typed = {name: variant(name, value) for name, value in properties.items()}
        self.objects[path] = {interface: typed}
        self._signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [path, self.objects[path]])

    def remove(self, path: str) -> None:
        """Take an object and everything below it away, the lowest first."""
        for each in sorted((p for p in self.objects if p == path or p.startswith(path + "/")), reverse=True):
            interfaces = list(self.objects.pop(each))
            self._signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [each, interfaces])

    def change(self, path: str, interface: str, properties: Mapping[str, Value]) -> None:
        """Set properties; nothing happens where the object is gone."""
        if path in self.objects:
            typed = {name: variant(name, value) for name, value in properties.items()}
            self.objects[path][interface].update(typed)
            self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, typed, []])

    def drop(self, path: str, interface: str, names: Iterable[str]) -> None:
        """Invalidate properties."""
        held = self.objects[path][interface]
        gone = [name for name in names if held.pop(name, None) is not None]
        if gone:
            self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, {}, gone])

    def _signal(self, path: str, interface: str, member: str, signature: str, body: list[object]) -> None:
        self._emit(Message.new_signal(path, interface, member, signature, body))
