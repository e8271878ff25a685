"""One object a line, or one object over many lines."""

import json
from collections.abc import Iterator

from rig.scoring.lines import documents
from tests.scoring.helpers import FULL

ONE = b'{"id": "a"}\n'


def cut(text: bytes) -> list[tuple[int, bytes]]:
    return list(documents(text.splitlines(keepends=True)))


def test_one_a_line() -> None:
    assert cut(ONE * 3) == [(1, ONE), (2, ONE), (3, ONE)]


def test_blank_lines_are_counted_and_passed_over() -> None:
    assert [number for number, _ in cut(b"\n \r\n" + ONE + b"\n" + ONE)] == [3, 5]


def test_nothing() -> None:
    assert cut(b"") == []
    assert cut(b"\n\n") == []


def test_an_indented_object_is_one() -> None:
    for indent in (0, 1, "\t"):
        ((number, text),) = cut(b"\n" + json.dumps(FULL, indent=indent).encode())
        assert number == 2
        assert json.loads(text) == FULL


def test_an_indented_object_behind_a_byte_order_mark() -> None:
    ((number, text),) = cut(b"\xef\xbb\xbf" + json.dumps(FULL, indent=2).encode())
    assert (number, text[:4]) == (1, b"\xef\xbb\xbf{")


def test_a_broken_indented_object_is_still_one_and_keeps_its_lines() -> None:
    ((number, text),) = cut(b'{\n\n  "id": "a",\n  "chair": {,}\n}')
    assert number == 1
    assert text.split(b"\n")[3] == b'  "chair": {,}'


def test_a_cut_first_line_does_not_swallow_the_good_ones() -> None:
    assert [number for number, _ in cut(b'{"id": "a", "chair":\n' + ONE + ONE)] == [1, 2, 3]


def test_a_bad_first_line_does_not_wait_for_the_others() -> None:
    def lines() -> Iterator[bytes]:
        yield b"not JSON\n"
        yield ONE
        raise AssertionError("read too far")

    found = documents(lines())
    assert [next(found), next(found)] == [(1, b"not JSON\n"), (2, ONE)]


def test_a_cut_later_line_stands_alone() -> None:
    assert [number for number, _ in cut(ONE + b'{"id":\n' + ONE)] == [1, 2, 3]
