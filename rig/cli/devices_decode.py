"""`rig devices decode`: reading what timers and sensors sent."""

import sys
from collections.abc import Iterable, Iterator, Mapping

import click

from rig.cli.decoders import DECODERS, Answer, open_decoder

COULD_NOT, BAD_INPUT = 1, 2
_CHUNK = 65_536

EPILOG = """\b
Example:
  rig devices decode --device alge-timy race.txt

The timers' lines and settings are described in docs/timers.md.
"""


@click.command("decode", epilog=EPILOG)
@click.option("--device", required=True, type=click.Choice(sorted(DECODERS)), help="What sent the bytes.")
@click.argument("file", metavar="FILE|-")
@click.option("--json", is_flag=True, expose_value=False, help="Print JSON; it always does.")
def decode(device: str, file: str) -> None:
    """Decode what a device sent, kept in a file.

    FILE holds the bytes as they came (for movesense: JSON Lines with "t_ns" and "hex"); - is standard input. One
    JSON object a line is printed. What is not understood is passed over, and counted on standard error at the end.
    """
    decoder = open_decoder(device)
    try:
        for data in _chunks(file):
            _print(decoder.feed(data))
        _print(decoder.finish())
    except BrokenPipeError:
        raise
    except OSError as error:
        click.echo(f"standard output: cannot be written: {error.strerror}", err=True)
        raise click.exceptions.Exit(COULD_NOT) from None
    _warn(file, decoder.warnings)


def _chunks(file: str) -> Iterator[bytes]:
    """Pieces of a file or of standard input as they come; a file that cannot be read ends the command."""
    try:
        with click.open_file(file, "rb") as handle:
            # read1 gives what is there; read would keep a live line waiting until its buffer is full.
            while data := handle.read1(_CHUNK):  # type: ignore[attr-defined]  # click types its binary file as IO, which hides read1
                yield data
    except OSError as error:
        click.echo(f"{file}: cannot be read: {error.strerror}", err=True)
        raise click.exceptions.Exit(BAD_INPUT) from None


def _print(answers: Iterable[Answer]) -> None:
    # Imported here so that `rig devices --help` does not wait for it.
    import msgspec

    out = sys.stdout.buffer
    for answer in answers:
        out.write(msgspec.json.encode(answer) + b"\n")
    out.flush()


def _warn(name: str, warnings: Mapping[str, int]) -> None:
    found = {reason: count for reason, count in sorted(warnings.items()) if count}
    if found:
        reasons = ", ".join(f"{reason} {count}" for reason, count in found.items())
        click.echo(f"{name}: warning: {sum(found.values())} passed over or doubtful ({reasons})", err=True)
