"""Make the page's and the report's Chinese font: Noto Sans TC with the characters in frequent use in Taiwan.

Run by hand when the font is renewed, with fonttools and brotli installed, on a NotoSansTC-Regular.otf:
`python rig/locale/fonts/make_subset.py NotoSansTC-Regular.otf`. The texts keep to the same characters
(tests/scoring/test_catalogues.py).
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font  # type: ignore[import-untyped]  # ships no types

HERE = Path(__file__).parent
LATIN = (*range(0x20, 0x7F), *range(0xA0, 0x100))
SIGNS = "–—‘’“”•…←↑→↓↔⇧⏎■□▲△▶◀●○★☆✓−≤≥≈×÷°µΔσ"
BIG5_SIGNS = range(0xA140, 0xA3C0)
BIG5_FREQUENT = range(0xA440, 0xC67F)
KEPT_FEATURES = ["kern", "locl", "vert", "vrt2", "ccmp", "tnum"]


def characters() -> set[int]:
    """Latin, signs, and Big5's symbols and first level."""
    big5 = (text for code in (*BIG5_SIGNS, *BIG5_FREQUENT) for text in _decoded(code))
    return {*LATIN, *map(ord, SIGNS), *map(ord, big5)}


def _decoded(code: int) -> Iterator[str]:
    try:
        yield code.to_bytes(2, "big").decode("big5")
    except UnicodeDecodeError:
        return


def main(source: str) -> None:
    """Write the OTF and the WOFF2 beside this file."""
    for name, flavor in (("NotoSansTC-subset.otf", None), ("NotoSansTC-subset.woff2", "woff2")):
        options = Options()
        options.flavor = flavor
        options.layout_features = KEPT_FEATURES
        options.hinting = False
        options.desubroutinize = False
        font = load_font(source, options)
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=characters())
        subsetter.subset(font)
        save_font(font, str(HERE / name), options)


if __name__ == "__main__":
    main(sys.argv[1])
