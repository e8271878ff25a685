"""The firmware's own framing compiled for this machine, against the Python ones."""

import ctypes
import random
import subprocess
from pathlib import Path

import pytest

from firmware_protocol.framing import MAX_ENCODED, CobsError, cobs_decode, cobs_encode, crc16, encode_frame
from tests.hardware.lab import SOURCE, make

MAX_BODY = MAX_ENCODED - 3


@pytest.fixture(scope="module")
def codec(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    library = tmp_path_factory.mktemp("codec") / "frame.so"
    command = ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-fPIC", "-shared"]
    subprocess.run([*command, "-o", library, SOURCE / "frame.c"], check=True)
    return ctypes.CDLL(str(library))


def c_encode(codec: ctypes.CDLL, body: bytes) -> bytes:
    frame = ctypes.create_string_buffer(MAX_ENCODED + 2)
    length: int = codec.frame_encode(body, len(body), frame)
    return frame.raw[:length]


def c_decode(codec: ctypes.CDLL, encoded: bytes) -> bytes:
    data = ctypes.create_string_buffer(encoded, max(1, len(encoded)))
    length: int = codec.frame_decode(data, len(encoded))
    return data.raw[:length]


def python_decode(encoded: bytes) -> bytes:
    try:
        decoded = cobs_decode(encoded)
    except CobsError:
        return b""
    return b"" if len(decoded) <= 2 or crc16(decoded) else decoded[:-2]


def random_body(rng: random.Random) -> bytes:
    zeros = rng.random()
    return bytes(0 if rng.random() < zeros else rng.randrange(256) for _ in range(rng.randint(1, MAX_BODY)))


def test_the_crc_has_the_check_value_of_ibm_3740(codec: ctypes.CDLL) -> None:
    codec.frame_crc.restype = ctypes.c_uint16
    assert codec.frame_crc(b"123456789", 9) == 0x29B1


def test_frames_are_those_of_python(codec: ctypes.CDLL) -> None:
    rng = random.Random(4)
    for _ in range(3000):
        body = random_body(rng)
        frame = c_encode(codec, body)
        assert frame == encode_frame(body)
        assert c_decode(codec, frame[1:-1]) == body


def test_damaged_frames_are_judged_as_python_judges_them(codec: ctypes.CDLL) -> None:
    rng = random.Random(5)
    for _ in range(3000):
        encoded = bytearray(encode_frame(random_body(rng))[1:-1])
        encoded[rng.randrange(len(encoded))] = rng.randrange(1, 256)
        cut = bytes(encoded[: rng.choice([len(encoded), rng.randrange(len(encoded) + 1)])])
        assert c_decode(codec, cut) == python_decode(cut)


def test_zeros_and_short_frames_are_judged_as_python_judges_them(codec: ctypes.CDLL) -> None:
    valid = cobs_encode(b"\x82\x01" + crc16(b"\x82\x01").to_bytes(2, "big"))
    for encoded in (b"\x01", b"\x02\x00", b"\x03\xff\xff", b"\xff", b"\x01\x01\x01", valid, valid[:-1]):
        assert c_decode(codec, encoded) == python_decode(encoded)


def test_make_builds_what_is_flashed(tmp_path: Path) -> None:
    make(SOURCE, f"OUT={tmp_path}")
    assert (tmp_path / "gate_timer.hex").read_text().startswith(":")
