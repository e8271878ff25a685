"""Strict JSON: numbers as exact decimals, no duplicate keys, no NaN, no infinity, every fault one line.

Python's own scanner is used because it alone hands over the number as written and every key of an object.
"""

import json
from decimal import Decimal, InvalidOperation

from rig.scoring.assessment import AssessmentError

LARGEST = Decimal(10**9)
"""Any number beyond is refused: some thirty years in seconds."""

_EXCERPT = 160


def parse(data: bytes | str) -> object:
    """Read one JSON text; numbers become `Decimal`.

    Parameters
    ----------
    data
        UTF-8; a byte order mark before it is passed over.

    Raises
    ------
    AssessmentError
        The text is not JSON, holds a key twice, or a number that is not finite or beyond `LARGEST`.
    """
    try:
        return _DECODER.decode(_text(data))
    except UnicodeDecodeError as error:
        raise AssessmentError(f"not UTF-8 at byte {error.start + 1}; save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        raise AssessmentError(f"not JSON: {error.msg} (column {error.colno})", error.lineno) from None
    except RecursionError:
        raise AssessmentError("not an assessment: nested too deeply") from None


def is_object(data: bytes | str) -> bool:
    """Whether the text is exactly one JSON object, good or bad as an assessment."""
    try:
        return isinstance(_LENIENT.decode(_text(data)), dict)
    except (ValueError, RecursionError):
        return False


def is_unfinished(data: bytes | str) -> bool:
    """Whether the text breaks off inside a JSON value, as the first line of an indented document does."""
    try:
        text = _text(data)
        _LENIENT.decode(text)
    except json.JSONDecodeError as error:
        return error.pos >= len(text)
    except (ValueError, RecursionError):
        return False
    return False


def one_line(text: str) -> str:
    """Foreign text made fit for an error message: printable, and cut to a readable length."""
    shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text[:_EXCERPT])
    return shown if len(text) <= _EXCERPT else f"{shown}..."


def _text(data: bytes | str) -> str:
    """Decode; without the final line end, so that a text that breaks off is blamed on its last line."""
    return (data if isinstance(data, str) else data.decode()).removeprefix("\ufeff").rstrip(" \t\r\n")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise AssessmentError(one_line(f'duplicate key "{twice}"'))
    return found


def _number(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("Infinity")
    if not -LARGEST <= value <= LARGEST:
        raise AssessmentError(one_line(f"number out of range: {text}"))
    return value


def _refuse(name: str) -> Decimal:
    raise AssessmentError(f"not JSON: {name} is not a number")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_number, parse_int=_number, parse_constant=_refuse)
_LENIENT = json.JSONDecoder(parse_int=float)
