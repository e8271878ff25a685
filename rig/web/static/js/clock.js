// The running clock, the hold clock and the rise counter.
import { h, s, say } from "./dom.js";
import { t, seconds } from "./texts.js";
import { STANCES, stands } from "./battery.js";

const HELD_MS = 10000;
const ROUND = 2 * Math.PI * 88;
const RISES = 5;

function ring() {
  return s("svg", { viewBox: "0 0 200 200", "aria-hidden": "true" },
    s("circle", { class: "ring-back", cx: 100, cy: 100, r: 88 }),
    s("circle", { class: "ring", cx: 100, cy: 100, r: 88, transform: "rotate(-90 100 100)", "stroke-dasharray": ROUND, "stroke-dashoffset": 0 }));
}

const dots = () => h("ol", { class: "dots", "aria-hidden": "true" }, Array.from({ length: RISES }, () => h("li")));

/** The clock of a trial; `tick` is called at every frame of the screen. */
export function clockOf(trial) {
  const stance = STANCES.includes(trial.test);
  const rises = trial.test === "chair" || trial.test === "chair_single";
  const figure = h("output", { class: "figure", role: "timer", "aria-live": "off" });
  const caption = h("span", { class: "caption" });
  const counter = h("output", { class: "rises" });
  const watch = h("span", { class: "watch" });
  const parts = [h("div", { class: stance ? "round" : "plain" }, stance ? ring() : null, h("div", { class: "reading" }, figure, caption)),
    trial.test === "chair" ? h("div", { class: "counting" }, h("span", {}, t("ui.rises")), counter, dots()) : null, watch];
  const element = h("div", { class: `clock ${trial.phase}` }, parts);
  return { element, tick: (now, live) => { show(now, live); } };

  function show(now, live) {
    const passed = trial.go_ms === null ? 0 : Math.max(0, (trial.stop_ms ?? now) - trial.go_ms);
    if (stance) hold(Math.min(passed, HELD_MS));
    else say(figure, (Math.floor(passed / 100) / 10).toFixed(1));
    if (!stance) say(caption, t(trial.phase === "ready" ? "ui.ready" : trial.phase === "tail" ? "ui.tail" : "ui.running"));
    if (rises && trial.test === "chair") count(live);
    if (trial.watch_ms !== null) say(watch, `${t("ui.stopwatch")} ${(Math.max(0, now - trial.watch_ms) / 1000).toFixed(1)} ${t("ui.seconds")}`);
    else if (trial.manual_us !== null) say(watch, `${t("ui.stopwatch")} ${seconds(trial.manual_us)} ${t("ui.seconds")}`);
  }

  function hold(passed) {
    say(figure, ((HELD_MS - passed) / 1000).toFixed(1));
    say(caption, trial.phase === "ready" ? t("ui.ready") : trial.phase === "tail" ? `${t("ui.held")} ${(passed / 1000).toFixed(1)}` : t("ui.left"));
    element.querySelector(".ring").setAttribute("stroke-dashoffset", (ROUND * passed) / HELD_MS);
  }

  function count(live) {
    const seen = stands(live, trial);
    say(counter, `${seen} / ${RISES}`);
    element.querySelectorAll(".dots li").forEach((dot, i) => dot.classList.toggle("done", i < seen));
  }
}
