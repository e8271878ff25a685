"""What of PDF/A-2a (ISO 19005-2) can be seen in a file: typst refuses to write what breaks it; this looks again.

veraPDF, the reference validator, comes neither with PyPI, npm nor Debian, so the rules that a report can break are
checked here by themselves, with a reader that did not write the file.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import pypdf
from pypdf.generic import ContentStream

FORBIDDEN = ("/AA", "/JavaScript", "/JS", "/Launch", "/EmbeddedFiles", "/LZWDecode", "/NeedsRendering", "/XFA")


def pdf_a_faults(data: bytes) -> list[str]:
    """Everything found wrong; empty for a file that keeps the rules."""
    reader = pypdf.PdfReader(io.BytesIO(data))
    root: Any = reader.trailer["/Root"]
    found = [*_file_faults(data, reader), *_root_faults(root)]
    if not found:
        found += [*_metadata_faults(reader, root), *_structure_faults(root["/StructTreeRoot"])]
        found += [fault for page in reader.pages for fault in _page_faults(reader, page)]
    return found


def _file_faults(data: bytes, reader: pypdf.PdfReader) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7]\n%[\x80-\xff]{4}", data):
        yield "6.1.2: no header of PDF 1 with a line of binary bytes"
    if "/ID" not in reader.trailer:
        yield "6.1.3: no file identifier"
    if "/Encrypt" in reader.trailer:
        yield "6.1.3: encrypted"
    yield from (f"forbidden {name}" for name in FORBIDDEN if name.encode() in data)


def _root_faults(root: Any) -> Iterator[str]:
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "6.7.2.2: not marked as tagged"
    for name, rule in (("/StructTreeRoot", "6.7.3"), ("/Metadata", "6.6.2"), ("/Lang", "6.7.4")):
        if name not in root:
            yield f"{rule}: no {name}"
    profiles = [intent.get_object().get("/DestOutputProfile") for intent in root.get("/OutputIntents", ())]
    if not profiles or any(profile is None for profile in profiles):
        yield "6.2.3: no output intent with a colour profile"


def _metadata_faults(reader: pypdf.PdfReader, root: Any) -> Iterator[str]:
    xmp = root["/Metadata"].get_object().get_data().decode()
    for name, value in (("part", "2"), ("conformance", "A")):
        if f"<pdfaid:{name}>{value}</pdfaid:{name}>" not in xmp:
            yield f"6.6.4: pdfaid:{name} is not {value}"
    title, made = reader.metadata and reader.metadata.title, reader.metadata and reader.metadata.creation_date
    if not title or f">{title}<" not in xmp or made is None or f"<xmp:CreateDate>{made:%Y-%m-%dT%H:%M:%S}Z<" not in xmp:
        yield "6.6.3: title or date of the file and of its metadata differ"


def _structure_faults(element: Any) -> Iterator[str]:
    """Pictures say what they show; everything stands in the tree."""
    if element.get("/S") == "/Figure" and not str(element.get("/Alt", "")).strip():
        yield "6.7.3: a picture without a text in its place"
    children = element.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        inner = child.get_object()
        if isinstance(inner, dict) and inner.get("/S"):
            yield from _structure_faults(inner)


def _page_faults(reader: pypdf.PdfReader, page: pypdf.PageObject) -> Iterator[str]:
    operations = ContentStream(page.get_contents(), reader).operations
    names = [operator for _, operator in operations]
    if names.count(b"BDC") + names.count(b"BMC") != names.count(b"EMC"):
        yield "6.7: marked content is not closed"
    resources: Any = page["/Resources"]
    for name, reference in resources["/Font"].items():
        font = reference.get_object()
        yield from _font_faults(font, _shown(operations, name))


def _shown(operations: Any, font: str) -> set[int]:
    """Codes of two bytes that are shown in a font."""
    now, found = "", set()
    for operands, operator in operations:
        if operator == b"Tf":
            now = str(operands[0])
        elif operator in (b"Tj", b"TJ") and now == font:
            strings = operands[0] if operator == b"TJ" else operands
            for text in strings:
                raw = getattr(text, "original_bytes", text if isinstance(text, bytes) else b"")
                found |= {int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)}
    return found


def _font_faults(font: Any, shown: set[int]) -> Iterator[str]:
    descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
    if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor):
        yield "6.2.11.4: a font is not embedded"
    if "/CIDSet" in descriptor:
        bits = descriptor["/CIDSet"].get_object().get_data()
        if any(code // 8 >= len(bits) or not bits[code // 8] >> (7 - code % 8) & 1 for code in shown):
            yield "6.2.11.4: a character is shown that its font's set leaves out"
    if 0 in shown:
        yield "6.2.11.8: a character without a glyph"
    if "/ToUnicode" not in font:
        yield "6.2.11.7: codes that no text belongs to"
    elif shown - _mapped(font["/ToUnicode"].get_object().get_data()):
        yield "6.2.11.7: a character that no text belongs to"


def _mapped(table: bytes) -> set[int]:
    """Codes that a ToUnicode table has a text for."""
    found: set[int] = set()
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        found |= {int(code, 16) for code in re.findall(rb"^\s*<([0-9a-fA-F]{4})>\s*<", block, re.MULTILINE)}
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for low, high in re.findall(rb"^\s*<([0-9a-fA-F]{4})>\s*<([0-9a-fA-F]{4})>", block, re.MULTILINE):
            found |= set(range(int(low, 16), int(high, 16) + 1))
    return found
