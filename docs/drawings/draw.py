"""Draws `circuit.svg` and `course.svg` beside itself: `python docs/drawings/draw.py`."""

from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
FONT = "'Noto Sans TC', 'Noto Sans CJK TC', 'PingFang TC', 'Microsoft JhengHei', sans-serif"
INK, GREY, PAPER, BOX = "#1f2933", "#7b8794", "#ffffff", "#eef2f6"
RED, ORANGE, BLUE, GREEN, BEAM = "#c0392b", "#d35400", "#1f6fb2", "#1e8449", "#e0245e"

Point = tuple[float, float]


def page(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    """A whole drawing."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="{FONT}" '
        f'font-size="15" fill="{INK}" role="img">\n<title>{escape(title)}</title>\n'
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>\n'
    )
    return head + "\n".join(parts) + "\n</svg>\n"


def words(at: Point, text: str, size: int = 15, colour: str = INK, anchor: str = "middle", weight: str = "400") -> str:
    """One line of text."""
    x, y = at
    style = f'font-size="{size}" fill="{colour}" text-anchor="{anchor}" font-weight="{weight}"'
    return f'<text x="{x:g}" y="{y:g}" {style}>{escape(text)}</text>'


def both(at: Point, english: str, chinese: str, size: int = 15, anchor: str = "middle") -> str:
    """The same in two languages, one below the other."""
    x, y = at
    return words((x, y), english, size, INK, anchor) + words((x, y + size + 4), chinese, size, GREY, anchor)


def heading(english: str, chinese: str) -> str:
    """The title of a drawing, at its top left."""
    return words((40, 44), english, 24, INK, "start", "600") + words((40, 74), chinese, 20, GREY, "start")


def wire(colour: str, *points: Point, width: float = 2.5, dash: str = "") -> str:
    """A line through points."""
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    style = f'stroke="{colour}" stroke-width="{width:g}" stroke-linejoin="round"{dashes}'
    return f'<polyline points="{path}" fill="none" {style}/>'


def box(at: Point, size: Point, fill: str = BOX, stroke: str = INK, radius: int = 8) -> str:
    """A rectangle by its upper left corner."""
    where = f'x="{at[0]:g}" y="{at[1]:g}" width="{size[0]:g}" height="{size[1]:g}" rx="{radius}"'
    return f'<rect {where} fill="{fill}" stroke="{stroke}" stroke-width="1.8"/>'


def disc(at: Point, radius: float, fill: str = INK, stroke: str = "none") -> str:
    """A circle."""
    return f'<circle cx="{at[0]:g}" cy="{at[1]:g}" r="{radius:g}" fill="{fill}" stroke="{stroke}" stroke-width="2"/>'


def resistor(at: Point, label: str, *, upright: bool = False) -> str:
    """A resistor of 64 by 20 around a point, on a wire that is there already."""
    x, y = at
    if upright:
        return box((x - 10, y - 22), (20, 44), PAPER, radius=2) + words((x - 18, y + 5), label, 14, anchor="end")
    return box((x - 32, y - 10), (64, 20), PAPER, radius=2) + words((x, y - 18), label, 14)


def capacitor(at: Point, label: str) -> str:
    """An upright capacitor around a point, on a wire that is there already."""
    x, y = at
    gap = f'<rect x="{x - 4:g}" y="{y - 5:g}" width="8" height="10" fill="{PAPER}"/>'
    plates = [wire(INK, (x - 18, y + side), (x + 18, y + side), width=3) for side in (-5, 5)]
    return gap + "".join(plates) + words((x - 26, y + 5), label, 14, anchor="end")


def measure(y: float, start: float, end: float, label: str) -> str:
    """A dimension line with its length."""
    ticks = "".join(wire(GREY, (x, y - 7), (x, y + 7), width=1.5) for x in (start, end))
    return wire(GREY, (start, y), (end, y), width=1.5) + ticks + words(((start + end) / 2, y - 8), label, 14, GREY)


def circuit() -> str:
    """One beam in full, the cue, and which pin is which beam."""
    parts = [heading("Gate timer: one beam in full, the others alike", "光閘計時器：詳繪一道光束，其餘相同")]
    parts += [*_beam(), *_supply(), *_input(), *_board(), *_cue(), *_pins(), *_colours()]
    return page(1240, 830, "Circuit of the gate timer 光閘計時器電路圖", parts)


def _beam() -> list[str]:
    return [
        box((48, 170), (18, 60), "#fde8ef", BEAM, 3),
        both((57, 256), "reflector", "反光板", 14),
        wire(BEAM, (66, 200), (170, 200), dash="9 6"),
        box((170, 160), (170, 200)),
        both((255, 188), "sensor", "光電感測器"),
        both((255, 238), "NPN, light-on", "受光導通", 13),
        words((332, 205), "out", 13, BLUE, "end"),
        words((332, 275), "−", 17, INK, "end"),
        words((332, 335), "+", 17, RED, "end"),
    ]


def _supply() -> list[str]:
    return [
        wire(RED, (340, 330), (375, 330), (375, 470), (340, 470)),
        wire(INK, (340, 270), (410, 270), (410, 510), (340, 510)),
        box((170, 440), (170, 100)),
        both((240, 476), "supply", "電源"),
        words((240, 524), "12 V DC", 14, RED),
        words((332, 475), "+", 17, RED, "end"),
        words((332, 515), "−", 17, INK, "end"),
    ]


def _input() -> list[str]:
    return [
        wire(ORANGE, (470, 130), (760, 130)),
        wire(ORANGE, (470, 130), (470, 200)),
        wire(BLUE, (340, 200), (760, 200)),
        wire(INK, (620, 200), (620, 330)),
        wire(INK, (410, 330), (760, 330)),
        resistor((470, 164), "4.7 kΩ", upright=True),
        resistor((548, 200), "1 kΩ"),
        capacitor((620, 268), "1 nF"),
        *(disc(at, 5) for at in ((470, 200), (620, 200), (620, 330), (410, 330))),
    ]


def _board() -> list[str]:
    left = [("5V", 130), ("D2", 200), ("D3 … D9", 250), ("GND", 330)]
    right = [("D10", 150), ("D11", 240), ("GND", 330)]
    return [
        box((760, 90), (210, 330), "#e3f1f4", "#00798c"),
        both((865, 380), "Arduino Uno", "ATmega328P, 16 MHz"),
        *(words((772, y + 5), name, 14, anchor="start", weight="600") for name, y in left),
        *(words((958, y + 5), name, 14, anchor="end", weight="600") for name, y in right),
        wire(BLUE, (735, 250), (760, 250), dash="3 4"),
        both((729, 248), "other beams", "其他光束", 13, "end"),
        wire(INK, (865, 420), (865, 480), width=5),
        words((878, 456), "USB", 14, anchor="start"),
        box((790, 480), (150, 86), PAPER),
        wire(INK, (770, 572), (960, 572), width=6),
        both((865, 520), "computer with rig", "執行 rig 的電腦", 14),
    ]


def _cue() -> list[str]:
    return [
        wire(BLUE, (970, 150), (1070, 150)),
        disc((1100, 150), 30, BOX, INK),
        words((1100, 157), "♪", 24),
        wire(INK, (1130, 150), (1180, 150), (1180, 330), (970, 330)),
        both((1100, 92), "buzzer 5 V, ≤ 20 mA", "蜂鳴器", 14),
        wire(BLUE, (970, 240), (1090, 240)),
        resistor((1028, 240), "330 Ω"),
        f'<polygon points="1090,224 1090,256 1120,240" fill="{GREEN}" stroke="{INK}" stroke-width="1.8"/>',
        wire(INK, (1120, 224), (1120, 256), width=3),
        wire(INK, (1120, 240), (1180, 240)),
        disc((1180, 240), 5),
        both((1104, 280), "start light", "起始燈", 14),
    ]


def _pins() -> list[str]:
    cells = [words((40, 630), "Which pin is which beam　各腳位對應的光束", 17, INK, "start", "600")]
    for index in range(8):
        gate, beam = divmod(index, 2)
        x = 40 + 146 * index
        cells += [
            box((x, 650), (138, 96), BOX if gate % 2 else PAPER),
            words((x + 69, 680), f"D{index + 2}", 20, BLUE, weight="600"),
            words((x + 69, 706), f"gate {gate} {('upper', 'lower')[beam]}", 14),
            words((x + 69, 730), f"光閘 {gate} {('上', '下')[beam]}光束", 14, GREY),
        ]
    return cells


def _colours() -> list[str]:
    named = [(RED, "+12 V"), (ORANGE, "+5 V"), (INK, "0 V, GND 接地"), (BLUE, "signal 訊號"), (BEAM, "light 光束")]
    drawn = []
    for index, (colour, name) in enumerate(named):
        x = 40 + 190 * index
        drawn += [wire(colour, (x, 790), (x + 40, 790), width=4), words((x + 50, 795), name, 14, anchor="start")]
    return drawn


METRE, ZERO = 118.0, 250.0
GATES = (0.0, 3.0, 4.0, 6.0)


def course() -> str:
    """The corridor from above and from the side."""
    parts = [heading("The course: one straight corridor", "測試走道：一條直線走道")]
    parts += [*_from_above(), *_from_the_side()]
    return page(1240, 810, "The course 測試走道", parts)


def _x(metres: float) -> float:
    return ZERO + METRE * metres


def _from_above() -> list[str]:
    drawn = [
        words((40, 124), "from above　俯視圖", 17, INK, "start", "600"),
        box((60, 190), (1130, 170), "#f7f9fb", GREY, 4),
        wire(INK, (_x(0), 200), (_x(0), 350), width=5),
        box((_x(0) - 62, 248), (58, 54), "#f3e6d3", "#8d6e3f", 5),
        both((_x(0) - 126, 262), "chair: rises, TUG", "椅子（起立、起走）", 13),
        both((_x(0) - 126, 318), "put aside for walks", "步行測試時移開", 13),
        disc((_x(1.05), 275), 13, "#627d98"),
        both((_x(1.05), 238), "participant", "受測者", 13),
        disc((_x(0.55), 322), 11, PAPER, GREY),
        both((_x(0.55) + 20, 318), "assessor: beside, half a step behind", "評估員：走在旁側、落後半步", 13, "start"),
        wire(GREEN, (_x(0) + 30, 275), (_x(7.6), 275), width=2, dash="2 6"),
        f'<polygon points="{_x(7.6)},267 {_x(7.6)},283 {_x(7.75)},275" fill="{GREEN}"/>',
        both((_x(6.95), 304), "walk on ≥ 1.5 m", "續走 1.5 公尺以上", 13),
    ]
    for gate, place in enumerate(GATES):
        drawn += _gate_from_above(gate, place)
    drawn += [measure(396, _x(0), _x(place), f"{place:g} m") for place in GATES[1:2]]
    drawn += [measure(424, _x(0), _x(4.0), "4 m"), measure(452, _x(0), _x(6.0), "6 m")]
    names = [
        (0.0, "start line", "起點線"),
        (3.0, "TUG turn", "起走測試折返"),
        (4.0, "4 m finish", "4 公尺終點"),
        (6.0, "6 m finish", "6 公尺終點"),
    ]
    return drawn + [both((_x(place), 132), english, chinese, 14) for place, english, chinese in names]


def _gate_from_above(gate: int, place: float) -> list[str]:
    x = _x(place)
    return [
        wire(BEAM, (x, 190), (x, 360), dash="9 6"),
        box((x - 13, 166), (26, 24), "#fde8ef", BEAM, 4),
        box((x - 13, 360), (26, 12), "#fde8ef", BEAM, 3),
        words((x + 20, 184), f"gate {gate} 光閘 {gate}", 13, INK, "start"),
    ]


def _from_the_side() -> list[str]:
    floor = 760.0
    beam = floor - 1.1 * METRE
    drawn = [
        words((40, 520), "from the side　側視圖", 17, INK, "start", "600"),
        wire(INK, (60, floor), (1190, floor), width=3),
        *_person(_x(1.9), floor),
    ]
    for place in GATES:
        x = _x(place)
        drawn += [
            wire(GREY, (x, floor), (x, beam), width=3),
            wire(GREY, (x - 18, floor), (x, floor - 26), (x + 18, floor), width=3),
            disc((x, beam), 8, BEAM),
        ]
    middle = _x(4.2)
    return [
        *drawn,
        wire(BEAM, (60, beam), (1190, beam), width=1, dash="3 6"),
        wire(GREY, (middle, floor), (middle, beam), width=1.5),
        words((middle + 8, beam + 34), "0.95–1.20 m", 14, BEAM, "start", "600"),
        both((middle + 8, beam + 62), "all at breastbone height", "所有光束與胸骨同高", 14, "start"),
    ]


def _person(x: float, floor: float) -> list[str]:
    """Somebody of 1.62 m who walks to the right, with a sensor on the lower back."""
    hip, neck = floor - 0.86 * METRE, floor - 1.34 * METRE
    skin, cloth = "#9fb3c8", "#627d98"
    return [
        wire(skin, (x, hip), (x + 20, floor - 47), (x + 26, floor - 4), (x + 42, floor - 4), width=11),
        wire(skin, (x, hip), (x - 6, floor - 48), (x - 32, floor - 12), (x - 22, floor - 5), width=11),
        wire(cloth, (x, hip), (x + 5, neck), width=24),
        wire(skin, (x + 5, neck + 8), (x - 9, neck + 36), (x + 8, neck + 60), width=8),
        disc((x + 7, neck - 18), 15, cloth),
        box((x - 19, hip - 22), (11, 16), GREEN, INK, 3),
        both((x - 28, hip + 8), "IMU on the lower back", "下背感測器", 13, "end"),
    ]


def drawings() -> dict[str, str]:
    """File name to content."""
    return {"circuit.svg": circuit(), "course.svg": course()}


if __name__ == "__main__":
    for name, content in drawings().items():
        (HERE / name).write_text(content, "utf-8")
