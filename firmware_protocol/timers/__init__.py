"""Sports timers that labs already own, one module a maker; formats in docs/timers.md."""

from collections.abc import Callable, Mapping

from firmware_protocol.timers import alge, microgate, tag_heuer
from firmware_protocol.timers.base import TimerDecoder

DECODERS: Mapping[str, Callable[[], TimerDecoder]] = {
    "alge-timy": alge.decoder,
    "microgate": microgate.decoder,
    "tag-heuer-cp": tag_heuer.decoder,
}
"""By kind, as `rig.toml` and `rig devices decode` name it, how to make the decoder of what such a timer sends."""
