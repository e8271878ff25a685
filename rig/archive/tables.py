"""Agreement and rows as tables for other programs."""

import csv
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from rig.archive.agreement import Estimate
from rig.archive.compare import Comparison
from rig.archive.store import Measured

ROW_COLUMNS = (
    "participant", "started_utc", "session", "assessor", "item", "trial", "name", "value", "u", "unit", "points",
    "quality", "version", "content",
)  # fmt: skip


def comparison_row(found: Comparison) -> dict[str, Any]:
    """One line of the agreement table; intervals as two columns, what cannot be had is None."""
    limits, reliable = found.limits, found.reliability
    return {
        "kind": found.kind, "item": found.item, "unit": found.unit, "first": found.first_by,
        "second": found.second_by, "group": found.group, "pairs": limits.pairs,
        **_spread("bias", limits.bias), **_spread("lower_limit", limits.lower), **_spread("upper_limit", limits.upper),
        **_spread("icc_2_1", reliable.icc_2_1), **_spread("icc_3_1", reliable.icc_3_1),
        "sem": known(reliable.sem), "mdc95": known(reliable.mdc95),
        **_spread("kappa_linear", found.kappa_linear), **_spread("kappa_quadratic", found.kappa_quadratic),
    }  # fmt: skip


def _spread(name: str, found: Estimate | None) -> dict[str, float | None]:
    found = found or Estimate(math.nan, math.nan, math.nan)
    return {name: known(found.value), f"{name}_low": known(found.low), f"{name}_high": known(found.high)}


def known(value: float) -> float | None:
    """Six significant digits; None for what is no number."""
    return None if math.isnan(value) else float(f"{value:.6g}")


def measured_row(row: Measured) -> dict[str, Any]:
    """One number of the archive with whose it is."""
    return {column: getattr(row, column) for column in ROW_COLUMNS}


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> None:
    """Write UTF-8 CSV; None is an empty cell."""
    with path.open("w", encoding="utf-8", newline="") as file:
        print_csv(rows, columns, file)


def print_csv(rows: Sequence[Mapping[str, Any]], columns: Iterable[str], file: TextIO | None = None) -> None:
    """Write CSV to an open file, by default standard output."""
    writer = csv.DictWriter(file or sys.stdout, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def write_parquet(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write Parquet, with the types of `Measured`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers = {"value": pa.float64(), "u": pa.float64(), "points": pa.int64()}
    schema = pa.schema([(name, numbers.get(name, pa.string())) for name in ROW_COLUMNS])
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=schema), path)
