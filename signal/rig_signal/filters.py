"""Butterworth filters run forward and back over short recordings.

For seconds of data, designing a filter and finding its resting state takes longer than running it: both are kept.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy.signal import butter, lfilter, sosfilt_zi

from rig_signal.types import Array


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """Second-order sections (m, 6), and the state (m, 2) in which a constant 1 leaves them."""

    sos: Array
    rest: Array


@lru_cache(maxsize=64)
def butterworth(
    order: int,
    edges_hz: float | tuple[float, float],
    rate_hz: float,
    kind: Literal["lowpass", "highpass", "bandpass"] = "bandpass",
) -> Filter:
    """Design a filter for samples at `rate_hz`; the same request is answered with the same filter."""
    sos = np.asarray(butter(order, edges_hz, kind, fs=rate_hz, output="sos"), dtype=np.float64)
    return Filter(sos, np.asarray(sosfilt_zi(sos), dtype=np.float64))


def both_ways(chosen: Filter, x: Array, pad: int = 15) -> Array:
    """Filter (n,) or (n, k) samples forward and back along the first axis: zero lag, the order doubled.

    Beyond both ends the samples are continued for `pad` samples (fewer where there are fewer) by their odd mirror
    image, as `scipy.signal.sosfiltfilt` does, with which the result agrees.
    """
    rows, pad = x.T, min(pad, len(x) - 1)
    before = 2 * rows[..., :1] - rows[..., pad:0:-1]
    after = 2 * rows[..., -1:] - rows[..., -2 : -pad - 2 : -1]
    forward = _run(chosen, np.concatenate([before, rows, after], axis=-1))
    return np.asarray(_run(chosen, forward[..., ::-1])[..., ::-1][..., pad : pad + len(x)].T, dtype=np.float64)


def _run(chosen: Filter, rows: Array) -> Array:
    """Filter along the last axis, beginning at rest at the first sample's level."""
    level = rows[..., :1]
    for section, rest in zip(chosen.sos, chosen.rest, strict=True):
        rows = lfilter(section[:3], section[3:], rows, zi=rest * level)[0]  # less ado than sosfilt for the same
    return rows
