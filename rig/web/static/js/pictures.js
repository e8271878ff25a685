// Own drawings of stance, path and chair.
import { s } from "./dom.js";
import { t } from "./texts.js";

const SOLE = "M22 0C36 0 43 13 42 30C41 46 37 54 37 68C38 92 34 110 22 110C10 110 6 92 7 68C7 54 3 46 2 30C1 13 8 0 22 0Z";

function frame(label, size, ...content) {
  return s("svg", { viewBox: size, role: "img", "aria-label": label, class: "picture" }, content);
}

const sole = (x, y, kind) => s("g", { transform: `translate(${x} ${y})`, class: `sole ${kind}` },
  s("path", { d: SOLE }), s("path", { class: "heel", d: "M10 84Q22 78 34 84" }));

const feet = (label, size, left, right, line) => frame(label, size,
  s("line", { class: "guide", x1: line, x2: line, y1: 0, y2: 240 }), sole(...left, "left"), sole(...right, "right"));

/** A person from the side: points of head, hip, and the ends of limbs. */
function person(x, y, { hip = [0, -58], neck = [2, -106], legs, arms }) {
  const limb = (points, kind) => s("polyline", { class: kind, points: points.map(([a, b]) => `${a},${b}`).join(" ") });
  return s("g", { transform: `translate(${x} ${y})`, class: "person" },
    legs.map((leg) => limb([hip, ...leg], "limb")), limb([hip, neck], "trunk"),
    arms.map((arm) => limb([neck, ...arm], "limb arm")), s("circle", { cx: neck[0] + 2, cy: neck[1] - 17, r: 14, class: "head" }),
    s("circle", { class: "sensor", cx: hip[0] - 8, cy: hip[1] - 8, r: 5 }));
}

const WALKING = { legs: [[[14, -30], [26, 0]], [[-10, -30], [-24, -4]]], arms: [[[14, -82], [26, -66]], [[-12, -82], [-16, -60]]] };
const SITTING = { hip: [-4, -46], neck: [2, -94], legs: [[[34, -46], [34, 0], [46, 0]]], arms: [[[22, -76], [6, -72]]] };
const STANDING = { legs: [[[2, -28], [0, 0], [12, 0]]], arms: [[[18, -86], [4, -80]]] };

const chair = (x, y) => s("path", { class: "chair", transform: `translate(${x} ${y})`, d: "M-26 -92V0M-26 -40H24V0" });
const floor = (x1, x2, y) => s("line", { class: "floor", x1, x2, y1: y, y2: y });
const arrow = (d) => s("g", { class: "arrow" }, s("path", { d, "marker-end": "url(#tip)" }));
const tip = () => s("defs", {}, s("marker", { id: "tip", viewBox: "0 0 10 10", refX: 7, refY: 5, markerWidth: 4, markerHeight: 4, orient: "auto-start-reverse" }, s("path", { class: "tip", d: "M0 0L10 5L0 10Z" })));
const post = (x, y, text) => s("g", {}, s("line", { class: "post", x1: x, x2: x, y1: y, y2: y - 100 }),
  s("text", { class: "metres", x, y: y + 26, "text-anchor": "middle" }, text));

function walk(metres) {
  return frame(t("picture.walk"), "0 0 420 230", tip(), floor(10, 410, 186), post(90, 186, t("ui.metres", { m: 0 })),
    post(330, 186, t("ui.metres", { m: metres })), person(54, 184, { ...WALKING }), arrow("M104 30H396"));
}

function rising() {
  return frame(t("picture.chair"), "0 0 340 230", tip(), floor(10, 330, 200), chair(80, 200), person(76, 198, SITTING),
    s("g", { class: "ghost" }, chair(226, 200)), person(272, 198, STANDING), arrow("M150 90C166 62 186 52 206 50"));
}

function upAndGo() {
  return frame(t("picture.tug"), "0 0 440 230", tip(), floor(10, 430, 200), chair(60, 200), person(56, 198, SITTING),
    post(360, 200, t("ui.metres", { m: 3 })), person(210, 198, WALKING), arrow("M120 60H390C420 60 420 86 390 86H250"));
}

function bottles() {
  const bottle = (x) => s("g", { transform: `translate(${x} 40)`, class: "bottle" },
    s("path", { d: "M24 0H46V22C60 30 66 40 66 56V150Q66 160 56 160H14Q4 160 4 150V56C4 40 10 30 24 22Z" }),
    s("path", { class: "water", d: "M8 84H62V150Q62 156 56 156H14Q8 156 8 150Z" }));
  return frame(t("picture.bottle"), "0 0 240 220", bottle(36), bottle(140));
}

const worn = () => frame(t("picture.sensor"), "0 0 240 230", floor(40, 200, 206), s("g", { transform: "translate(118 40) scale(1.25)" }, person(0, 132, STANDING)));

const PICTURES = {
  side_by_side: () => feet(t("picture.feet_side"), "0 56 240 128", [74, 64], [122, 64], 119),
  semi_tandem: () => feet(t("picture.feet_semi"), "0 24 240 186", [74, 94], [122, 30], 119),
  tandem: () => feet(t("picture.feet_tandem"), "0 2 240 236", [98, 122], [98, 8], 120),
  walk_4m: () => walk(4),
  walk_6m: () => walk(6),
  chair_single: rising,
  chair: rising,
  tug: upAndGo,
  bottle: bottles,
  devices: worn,
};

export const pictureOf = (step) => PICTURES[step]?.() ?? null;
