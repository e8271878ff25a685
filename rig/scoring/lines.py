"""Cuts a text into assessments: one object a line, or one object indented over many lines."""

from collections.abc import Iterable, Iterator

from rig.scoring.json_text import is_object, is_unfinished


def documents(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield each assessment's text with the number of its first line, as the lines come in.

    Blank lines are passed over but counted. Only where the first line breaks off inside an object is everything
    read at once: it is one indented document if it reads as one, or if no later line is an object by itself.

    Parameters
    ----------
    lines
        Lines of UTF-8 with their line ends.
    """
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    first = next(numbered, None)
    if first is None:
        return
    if is_unfinished(first[1]):
        yield from _indented_or_lines([first, *numbered])
    else:
        yield first
        yield from numbered


def _indented_or_lines(numbered: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    start, _ = numbered[0]
    whole = bytearray()
    here = start
    for number, line in numbered:
        whole += b"\n" * (number - here) + line.rstrip(b"\r\n")
        here = number
    if is_object(bytes(whole)) or not any(is_object(line) for _, line in numbered[1:]):
        return [(start, bytes(whole))]
    return numbered
