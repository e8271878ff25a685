"""Foreign IMU recordings: one sensor's CSV in the columns of the `rig analyse` contract."""

import gzip
from pathlib import Path

import numpy as np

from rig_signal.timebase import join_clocks
from rig_signal.types import Array, Imu, SignalError

ACC = ("acc_x", "acc_y", "acc_z")
GYR = ("gyr_x", "gyr_y", "gyr_z")
GYR_CLOCK = "gyr_time_s"
KNOWN = ("time_s", *ACC, *GYR, GYR_CLOCK)


def read_imu_csv(path: Path) -> Imu:
    """Read a CSV (or .csv.gz) with header `time_s,acc_x,acc_y,acc_z[,gyr_x,gyr_y,gyr_z[,gyr_time_s]]`, SI units.

    A sensor with two clocks may have more rows of one kind than of the other: cells left empty at the end
    of a group of columns are no samples. Other columns are ignored.

    Raises
    ------
    SignalError
        What is wrong, in which line, and what to do.
    """
    header, rows = _lines(path)
    columns = _columns(header)
    table = _numbers(header, rows)
    acc_part = _present(table[:, [columns[name] for name in ("time_s", *ACC)]], ACC[0])
    time_s, acc = acc_part[:, 0], acc_part[:, 1:]
    if GYR[0] not in columns:
        return Imu(time_s, acc)
    if GYR_CLOCK in columns:
        gyr_part = _present(table[:, [columns[name] for name in (GYR_CLOCK, *GYR)]], GYR[0])
        return join_clocks(time_s, acc, gyr_part[:, 0], gyr_part[:, 1:])
    gyr = table[: len(time_s), [columns[name] for name in GYR]]
    return Imu(time_s, acc, gyr)


def _lines(path: Path) -> tuple[list[str], list[str]]:
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = raw.decode("utf-8-sig")
    except (OSError, EOFError) as error:
        raise SignalError(f"cannot be read ({error}); check the path and that the file is whole") from error
    except UnicodeDecodeError as error:
        raise SignalError(f"is not text (byte {error.start}); export it as UTF-8 CSV") from error
    lines = text.splitlines()
    if not lines or not lines[0].strip():
        raise SignalError(f"line 1: empty; a header {','.join(KNOWN[:7])} is needed")
    return [name.strip() for name in lines[0].split(",")], lines[1:]


def _columns(header: list[str]) -> dict[str, int]:
    columns = {name: index for index, name in enumerate(header) if name in KNOWN}
    missing = [name for name in ("time_s", *ACC) if name not in columns]
    if any(name in columns for name in (*GYR, GYR_CLOCK)):
        missing += [name for name in GYR if name not in columns]
    if missing:
        raise SignalError(f"line 1: no column {', '.join(missing)}; the header must name {','.join(KNOWN[:7])}")
    if len([name for name in header if name in KNOWN]) > len(columns):
        raise SignalError("line 1: a column stands twice; keep one of each name")
    return columns


def _numbers(header: list[str], rows: list[str]) -> Array:
    while rows and not rows[-1].strip():
        rows = rows[:-1]
    if not rows:
        raise SignalError("line 2: no samples after the header; record again")
    try:
        return np.loadtxt(rows, delimiter=",", ndmin=2, comments=None, usecols=range(len(header)))
    except ValueError:
        return np.array([_row(line, number, len(header)) for number, line in enumerate(rows, start=2)])


def _row(line: str, number: int, width: int) -> list[float]:
    cells = line.split(",")
    if len(cells) != width:
        raise SignalError(f"line {number}: {len(cells)} values for {width} columns; mend or remove the line")
    try:
        return [float(cell) if cell.strip() else np.nan for cell in cells]
    except ValueError as error:
        raise SignalError(f"line {number}: {error}; mend or remove the line") from error


def _present(part: Array, name: str) -> Array:
    """Rows of one sensor: rows left empty at the end are cut off, an empty cell before it is refused later as NaN."""
    filled = np.flatnonzero(~np.isnan(part).all(axis=1))
    if not filled.size:
        raise SignalError(f"column {name}: no values")
    return part[: filled[-1] + 1]
