"""`rig score`: scores assessments given as JSON or JSON Lines."""

import sys
from collections.abc import Iterator

import click

COULD_NOT, BAD_INPUT = 1, 2


EPILOG = """\b
Example:
  echo '{"id": "a1", "chair": {"time_s": 13.2}}' | rig score -

The fields are described in docs/scoring.md.
"""


@click.command("score", epilog=EPILOG)
@click.argument("file", metavar="FILE|-")
@click.option("--json", is_flag=True, expose_value=False, help="Print JSON; it always does.")
def command(file: str) -> None:
    """Score times and answers by the standard rules.

    FILE holds one assessment as a JSON object, or one a line (JSON Lines); - is standard input. For each, one
    JSON object is printed: points, fall risk, category, programme. An assessment that is refused is named on
    standard error with its line and the reason; the others are scored all the same, and the exit status is 2.
    """
    try:
        all_good = _score_all(file, _lines(file))
    except BrokenPipeError:
        raise
    except OSError as error:
        click.echo(f"standard output: cannot be written: {error.strerror}", err=True)
        raise click.exceptions.Exit(COULD_NOT) from None
    if not all_good:
        raise click.exceptions.Exit(BAD_INPUT)


def _lines(file: str) -> Iterator[bytes]:
    """Lines of a file or of standard input; a file that cannot be read ends the command."""
    try:
        with click.open_file(file, "rb") as handle:
            yield from handle
    except OSError as error:
        click.echo(f"{file}: cannot be read: {error.strerror}", err=True)
        raise click.exceptions.Exit(BAD_INPUT) from None


def _score_all(name: str, lines: Iterator[bytes]) -> bool:
    """Score every assessment in order; whether there was at least one and none was refused."""
    # Imported here so that `rig --help` does not wait for it.
    import msgspec

    from rig.scoring import AssessmentError, read_assessment, score
    from rig.scoring.lines import documents

    encoder = msgspec.json.Encoder()
    out = sys.stdout.buffer
    good = bad = 0
    for number, text in documents(lines):
        try:
            found = score(read_assessment(text))
        except AssessmentError as error:
            bad += 1
            click.echo(f"{name}:{number + error.line - 1}: {error}", err=True)
        else:
            good += 1
            out.write(encoder.encode(found) + b"\n")
            out.flush()
    if not good + bad:
        click.echo(f"{name}: no assessment in it; see `rig score --help`", err=True)
    return good > 0 and bad == 0
