"""A library that was not installed is named with the extra that brings it."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

COULD_NOT = 1
EXTRAS = {
    "starlette": "page",
    "uvicorn": "page",
    "cryptography": "page",
    "jinja2": "report",
    "typst": "report",
    "fontTools": "report",
    "joblib": "archive",
    "pyarrow": "archive",
    "matplotlib": "archive",
    "dask": "cluster",
    "distributed": "cluster",
    "bumble": "virtual",
}


@contextmanager
def named_extras() -> Iterator[None]:
    """Turn a missing library of an extra into one line; any other failed import is a fault and stays one."""
    try:
        yield
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in EXTRAS:
            raise
        click.echo(f"{library} is missing: pip install 'sppb-rig[{EXTRAS[library]}]'", err=True)
        raise click.exceptions.Exit(COULD_NOT) from None
