// The lab at this moment: gates in the corridor, the trace, the devices.
import { h, s, $, redraw, say } from "./dom.js";
import { t, first, named, colon, listed } from "./texts.js";

const SHOWN_MS = 12000;
const BEST = ["lower_back", "chest", "thigh", "foot_right", "foot_left"];
const SILENT_MS = 3000;
const INK = "#0b4f7d";

export function drawCourse(course, language) {
  const place = $("#course div");
  say($("#course h2"), t("ui.course"));
  redraw(place, [course, language], () => [course.gates.length ? corridor(course) : h("p", { class: "none" }, t("ui.no_gates"))]);
}

function corridor({ gates }) {
  const last = Math.max(...gates.map((gate) => gate.position_m), 1);
  const at = (metres) => 50 + (metres / last) * 380;
  const beams = gates.flatMap((gate) => gate.beam_heights_mm.map((_, beam) => ({ ...gate, beam, row: beam })));
  return s("svg", { viewBox: "0 0 480 130", role: "group", "aria-label": t("ui.course") },
    s("rect", { class: "corridor", x: 8, y: 30, width: 464, height: 62, rx: 10 }),
    beams.map((beam) => s("g", { class: "gate unknown", role: "img", "aria-label": `${beam.gate}.${beam.beam} ${t("ui.unknown")}`, "data-beam": `${beam.gate}.${beam.beam}`, transform: `translate(${at(beam.position_m) + beam.row * 14} 0)` },
      s("line", { x1: 0, x2: 0, y1: 24, y2: 98 }), s("circle", { cx: 0, cy: 20, r: 8 }), s("path", { class: "cross", d: "M-9 52L9 70M9 52L-9 70" }))),
    gates.map((gate) => s("text", { x: at(gate.position_m), y: 122, "text-anchor": "middle" }, t("ui.metres", { m: gate.position_m }))));
}

export function showBeams(beams) {
  for (const gate of document.querySelectorAll("#course .gate")) {
    const blocked = beams[gate.dataset.beam];
    const state = blocked === undefined ? "unknown" : blocked ? "blocked" : "free";
    if (!gate.classList.contains(state)) {
      gate.setAttribute("class", `gate ${state}`);
      gate.setAttribute("aria-label", `${gate.dataset.beam} ${t(`ui.${state}`)}`);
    }
  }
}

export class Trace {
  #plot = null;
  #points = new Map();
  #roles = new Map();
  #marks = [];

  feed(live) {
    for (const device of live.devices) this.#roles.set(device.id, device.role);
    for (const [id, { t_ms, acc }] of Object.entries(live.traces)) {
      const [times, values] = this.#points.get(id) ?? [[], []];
      for (let i = 0; i < t_ms.length; i += 1) if (!times.length || t_ms[i] > times.at(-1)) { times.push(t_ms[i]); values.push(acc[i]); }
      const old = times.findIndex((time) => time >= live.now_ms - SHOWN_MS);
      const drop = old < 0 ? times.length : old;
      this.#points.set(id, [times.slice(drop), values.slice(drop)]);
    }
  }

  mark(trial) {
    this.#marks = trial ? [trial.go_ms, trial.stop_ms].filter((time) => time !== null) : [];
  }

  draw(nowMs) {
    const place = $("#trace div");
    const id = [...this.#points.keys()].sort((a, b) => rank(this.#roles.get(a)) - rank(this.#roles.get(b)))[0];
    say($("#trace h2"), id === undefined ? t("ui.trace") : `${t("ui.trace")} · ${t("ui.trace.unit")}`);
    place.classList.toggle("empty", id === undefined);
    if (id === undefined) { say(place, t("ui.no_trace")); return; }
    this.#plot ??= this.#made(place);
    const [times, values] = this.#points.get(id);
    this.#plot.setData([times.map((time) => (time - nowMs) / 1000), values], false);
    this.#plot.setScale("x", { min: -SHOWN_MS / 1000, max: 0 });
    this.now = nowMs;
  }

  #fit(place) {
    if (place.clientHeight > 0) this.#plot?.setSize({ width: place.clientWidth, height: place.clientHeight });
  }

  #made(place) {
    place.replaceChildren();
    new ResizeObserver(() => this.#fit(place)).observe(place);
    const axis = { stroke: "#3d5160", grid: { stroke: "#dbe4ea", width: 1 }, font: "13px 'Rig TC', sans-serif" };
    return new uPlot({
      width: place.clientWidth, height: place.clientHeight, legend: { show: false }, cursor: { show: false }, select: { show: false },
      scales: { x: { time: false }, y: { range: (_, low, high) => [Math.min(-4, low), Math.max(6, high)] } },
      axes: [{ ...axis, size: 24, gap: 1, ticks: { size: 4 }, values: (_, ticks) => ticks.map((tick) => `${tick}`) }, { ...axis, size: 34 }],
      series: [{}, { stroke: INK, width: 2, points: { show: false } }],
      hooks: { draw: [(plot) => this.#lines(plot)] },
    }, [[], []], place);
  }

  #lines(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = "#c75000";
    ctx.lineWidth = 2 * devicePixelRatio;
    for (const time of this.#marks) {
      const x = plot.valToPos((time - this.now) / 1000, "x", true);
      if (x < bbox.left) continue;
      ctx.beginPath(); ctx.moveTo(x, bbox.top); ctx.lineTo(x, bbox.top + bbox.height); ctx.stroke();
    }
    ctx.restore();
  }
}

function rank(role) {
  const found = BEST.indexOf(role);
  return found < 0 ? BEST.length : found;
}

export function showDevices(devices, language) {
  say($("#devices h2"), t("ui.devices"));
  const rows = devices.map((device) => ({
    id: device.id, role: device.role, kind: device.kind, message: device.message, battery: device.battery_percent ?? null, losses: device.losses,
    fresh: device.age_ms !== null && device.age_ms < SILENT_MS, connected: device.connected,
    age: device.age_ms === null || device.age_ms < SILENT_MS ? null : Math.floor(device.age_ms / 1000),
  }));
  redraw($("#devices ul"), [rows, language], () => (rows.length ? rows.map(row) : [h("li", { class: "none" }, t("ui.no_devices"))]));
}

/** The device check: everybody there, beams clear, clocks good. */
export function showChecks(live, wanted, language) {
  redraw($("#checks"), wanted ? [language, live.devices.map(({ id, connected, age_ms }) => [id, connected, age_ms !== null && age_ms < SILENT_MS]), live.beams, live.clocks] : [],
    () => (wanted ? [...live.devices.map((device) => check(...ofDevice(device, live.clocks))), ...ofBeams(live.beams)] : []));
}

const check = (well, text) => h("li", { class: well ? "well" : "ill" }, h("span", { class: "sign", "aria-hidden": "true" }, well ? "✓" : "▲"), h("span", {}, text));

function ofDevice({ id, role, kind, connected, age_ms }, clocks) {
  const name = role ? named("role", role) : named("kind", kind);
  if (!connected || age_ms === null || age_ms >= SILENT_MS) return [false, `${name}${colon()}${t("ui.gone")}`];
  const clock = clocks.find((each) => each.id === id);
  if (!clock?.good) return [false, `${name}${colon()}${t("ui.clock.wait")}`];
  return [true, `${name}${colon()}${t("ui.clock.good", { ms: clock.bound_ms })}`];
}

function ofBeams(beams) {
  const names = Object.keys(beams);
  if (!names.length) return [];
  const blocked = names.filter((name) => beams[name]);
  return [blocked.length ? check(false, t("ui.beams.blocked", { beams: listed(blocked) })) : check(true, t("ui.beams.clear"))];
}

function row({ id, role, kind, message, battery, losses, fresh, connected, age }) {
  const well = connected && fresh;
  const told = well ? t("ui.live") : connected ? t("ui.gone") : first(message);
  const more = [battery === null ? null : t("ui.battery", { p: battery }), age === null ? null : t("ui.age", { s: age }), losses ? t("ui.losses", { n: losses }) : null];
  return h("li", { class: well ? "well" : "ill" }, h("span", { class: "sign", "aria-hidden": "true" }, well ? "●" : "▲"),
    h("span", { class: "name" }, role ? named("role", role) : named("kind", kind)), h("span", { class: "told" }, [told, ...more].filter(Boolean).join(" · ")));
}
