"""How deep the stack reaches: the firmware has 2 KiB of RAM and nothing that would notice an overflow."""

from firmware_protocol.framing import encode_frame
from firmware_protocol.gate_timer import CueRequest, Hello, Ping, SelfTestRequest, encode
from tests.hardware.lab import Lab, pin, rx, variables_bytes

RAM = 2048
SPARE = 128


def flood(apart_us: float, until_us: float) -> list[str]:
    """All beams one after the other, and a line full of every request and of damaged frames."""
    n = int((until_us - 1e6) / apart_us)
    edges = [pin(1e6 + apart_us * k, k % 8, (k // 8 + 1) % 2) for k in range(n)]
    asked = [encode(r) for r in (Hello(), Ping(1), CueRequest(1, 3, 0), SelfTestRequest(0), SelfTestRequest(1))]
    damaged = [encode_frame(b"\x60" + bytes(range(1, 60))), b"\x00" + b"\x05" * 70 + b"\x00"]
    requests = b"".join([*asked, *damaged]) * 40
    return [*edges, rx(1e6, requests[:1900]), rx(2e6, requests[1900:3800])]


def test_the_stack_stays_away_from_the_variables_in_the_worst_flood(lab: Lab) -> None:
    calm = lab.run([], 2e6).stack_bytes()
    for apart_us in (7.3, 23.1, 97.0):
        deepest = lab.run(flood(apart_us, 1.4e6), 3e6).stack_bytes()
        assert calm < deepest < RAM - variables_bytes(lab.firmware) - SPARE
