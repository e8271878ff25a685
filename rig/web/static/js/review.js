// One trial, drawn to be looked over: its trace, its beams, its events; an event is moved by dragging or by arrow keys.
import { h } from "./dom.js";
import { t, named, has } from "./texts.js";
import { get, post } from "./link.js";

const STEP_US = 10000;
const LEAP_US = 100000;
const NEAR_PX = 14;
const COLOURS = { acc: "#0b4f7d", gyr: "#b35c00", event: "#3d5160", chosen: "#c75000", beam: "#5b3a8e" };

const nameOf = ({ name, ordinal }) => `${named("event", name)}${ordinal > 1 ? ` ${ordinal}` : ""}`;
const inTrial = (trial, us) => ((us - trial.started_us) / 1e6).toFixed(2);

export class Review {
  #found = null;
  #chosen = null;
  #moved = null;
  #plot = null;

  constructor(place, { back, mayEdit, told }) {
    Object.assign(this, { place, back, mayEdit, told });
  }

  async open(id) {
    this.id = id;
    this.place.replaceChildren(h("p", { class: "waiting", role: "status" }, t("ui.waiting")));
    try {
      this.#found = await get(`/trials/${encodeURIComponent(id)}`);
    } catch (error) {
      this.place.replaceChildren(h("p", { role: "alert" }, error.message), this.#backButton());
      return;
    }
    [this.#chosen, this.#moved] = [null, null];
    this.#show();
  }

  #backButton() {
    return h("button", { type: "button", class: "quiet", id: "back", onclick: this.back }, t("ui.back_to_result"));
  }

  #show() {
    const { trial } = this.#found;
    this.canvas = h("div", { class: "drawn" });
    this.panel = h("div", { class: "moving" });
    this.place.replaceChildren(
      h("div", { class: "row spread" }, h("h3", {}, `${t(`part.${trial.test}`)} ${trial.ordinal}`), this.#backButton()),
      h("p", {}, this.mayEdit() ? t("ui.move_help") : t("ui.look_only")), this.canvas, this.#legend(), this.panel,
      h("div", { class: "columns" }, this.#events(), h("div", {}, this.#times(), this.#corrections())));
    this.#draw();
    this.#panelNow();
  }

  #legend() {
    const { tracks, beams } = this.#found;
    const signs = [["acc", "ui.acceleration"], tracks[0]?.gyr.length ? ["gyr", "ui.rotation"] : null, beams.length ? ["beam", "ui.beams"] : null, ["mark", "ui.event"]];
    return h("ul", { class: "legend" }, signs.filter(Boolean).map(([sign, text]) => h("li", {}, h("i", { class: sign, "aria-hidden": "true" }), t(text))));
  }

  #events() {
    const { trial } = this.#found;
    const row = (event) => h("li", {}, h("button", {
      type: "button", class: "event", "aria-pressed": String(event === this.#chosen), "data-event": `${event.name}-${event.ordinal}`,
      onclick: () => this.#choose(event), onkeydown: (pressed) => this.#key(pressed, event),
    }, h("span", {}, nameOf(event)), h("span", {}, `${inTrial(trial, event.t_us)} ${t("ui.seconds")}`), h("small", {}, event.source === "edit" ? t("ui.corrected") : event.source)));
    return h("div", {}, h("h4", {}, t("ui.events")), h("ul", { class: "events" }, trial.events.map(row)));
  }

  #times() {
    const { trial } = this.#found;
    const row = (time) => h("tr", {}, h("th", { scope: "row" }, has(`profile.${trial.test}.${time.profile}`) ? t(`profile.${trial.test}.${time.profile}`) : time.profile),
      h("td", {}, time.time_us === null ? "–" : `${(Math.floor(time.time_us / 10000) / 100).toFixed(2)} ${t("ui.seconds")}`));
    return h("table", { class: "times" }, h("caption", {}, t("ui.time")), h("tbody", {}, trial.times.map(row)));
  }

  #corrections() {
    const { trial, corrections } = this.#found;
    if (!corrections.length) return h("p", { class: "none" }, t("ui.no_audit"));
    const at = (us) => (us === null ? "–" : inTrial(trial, us));
    const row = (each) => h("tr", {}, [named("event", each.event), at(each.measured_us), at(each.t_us), each.who, each.why].map((cell) => h("td", {}, cell)));
    return h("table", { class: "audit" }, h("caption", {}, t("ui.audit")),
      h("thead", {}, h("tr", {}, ["ui.event", "ui.measured", "ui.corrected", "ui.who", "ui.why"].map((id) => h("th", { scope: "col" }, t(id))))),
      h("tbody", {}, corrections.map(row)));
  }

  #choose(event) {
    if (!this.mayEdit() || event === this.#chosen) return;
    [this.#chosen, this.#moved] = [event, event.t_us];
    for (const button of this.place.querySelectorAll(".event")) button.setAttribute("aria-pressed", String(button.dataset.event === `${event.name}-${event.ordinal}`));
    this.#panelNow();
    this.#plot.redraw();
  }

  #key(pressed, event) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[pressed.key];
    if (!way || !this.mayEdit()) return;
    pressed.preventDefault();
    this.#choose(event);
    this.#move(this.#moved + way * (pressed.shiftKey ? LEAP_US : STEP_US));
  }

  #move(us) {
    const { trial, length_ms } = this.#found;
    this.#moved = Math.round(Math.min(Math.max(us, trial.started_us), trial.started_us + length_ms * 1000));
    this.#plot.redraw();
    this.place.querySelector("#move")?.replaceChildren(this.#moveText());
  }

  #moveText() {
    const { trial } = this.#found;
    return t("ui.move", { event: nameOf(this.#chosen), from: inTrial(trial, this.#chosen.t_us), to: inTrial(trial, this.#moved) });
  }

  #panelNow() {
    if (this.#chosen === null) { this.panel.replaceChildren(); return; }
    const who = h("input", { id: "edit-who", type: "text", required: true, maxlength: 80, autocomplete: "off" });
    const why = h("input", { id: "edit-why", type: "text", required: true, maxlength: 500, autocomplete: "off" });
    const submit = (event) => { event.preventDefault(); this.#save(who.value, why.value); };
    this.panel.replaceChildren(h("form", { class: "edit", onsubmit: submit }, h("p", { id: "move", role: "status" }, this.#moveText()),
      h("label", { for: "edit-who" }, t("form.who")), who, h("label", { for: "edit-why" }, t("form.why")), why, h("button", { type: "submit", id: "save-edit" }, t("ui.save_edit"))));
  }

  async #save(who, why) {
    const { name, ordinal } = this.#chosen;
    const answer = await post("/edit", { trial: this.id, event: name, ordinal, t_us: this.#moved, who, why });
    this.told(answer);
    if (answer.ok) await this.open(this.id);
  }

  #draw() {
    const { trial, tracks, length_ms } = this.#found;
    const track = tracks[0] ?? { t_ms: [0, length_ms], acc: [null, null], gyr: [] };
    const axis = { stroke: "#3d5160", grid: { stroke: "#dbe4ea", width: 1 }, font: "14px 'Rig TC', sans-serif" };
    const turning = track.gyr.length > 0;
    this.#plot?.destroy();
    this.#plot = new uPlot({
      width: this.canvas.clientWidth, height: 300, legend: { show: false }, cursor: { show: false }, select: { show: false },
      scales: { x: { time: false, range: () => [0, length_ms / 1000] }, turning: { range: (_, __, high) => [-(high || 1) * 1.5, (high || 1) * 1.1] } },
      axes: [{ ...axis, size: 30 }, { ...axis, size: 46, label: t("ui.acceleration"), labelSize: 20, labelFont: axis.font }],
      series: [{}, { stroke: COLOURS.acc, width: 1.5, points: { show: false } }, ...(turning ? [{ stroke: COLOURS.gyr, width: 1, dash: [4, 3], scale: "turning", points: { show: false } }] : [])],
      hooks: { draw: [(plot) => this.#overlay(plot, trial)] },
    }, [track.t_ms.map((time) => time / 1000), track.acc, ...(turning ? [track.gyr] : [])], this.canvas);
    this.#grip(this.#plot.over);
  }

  #overlay(plot, trial) {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    const x = (seconds) => plot.valToPos(seconds, "x", true);
    ctx.save();
    ctx.font = `${13 * ratio}px 'Rig TC', sans-serif`;
    ctx.textAlign = "left";
    this.#found.beams.filter((beam) => beam.blocked_ms.length).forEach((beam, row) => {
      const y = bbox.top + bbox.height - (8 + 16 * row) * ratio;
      ctx.fillStyle = COLOURS.beam;
      for (const [from, to] of beam.blocked_ms) ctx.fillRect(x(from / 1000), y - 3 * ratio, Math.max(2, x(to / 1000) - x(from / 1000)), 6 * ratio);
      ctx.fillText(t("ui.metres", { m: beam.position_m ?? beam.gate }), bbox.left + 4 * ratio, y + 4 * ratio);
    });
    trial.events.forEach((event) => this.#line(plot, trial, event));
    ctx.restore();
  }

  #line(plot, trial, event) {
    const { ctx, bbox } = plot;
    const chosen = event === this.#chosen;
    const at = plot.valToPos(((chosen ? this.#moved : event.t_us) - trial.started_us) / 1e6, "x", true);
    ctx.strokeStyle = ctx.fillStyle = chosen ? COLOURS.chosen : COLOURS.event;
    ctx.lineWidth = (chosen ? 3 : 1) * devicePixelRatio;
    ctx.setLineDash(chosen ? [] : [5 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath(); ctx.moveTo(at, bbox.top); ctx.lineTo(at, bbox.top + bbox.height); ctx.stroke();
    ctx.setLineDash([]);
    if (event.name === "initial_contact" && !chosen) return;
    ctx.save();
    ctx.translate(at - 4 * devicePixelRatio, bbox.top + 4 * devicePixelRatio);
    ctx.rotate(-Math.PI / 2);
    ctx.textAlign = "right";
    ctx.fillText(nameOf(event), 0, 0);
    ctx.restore();
  }

  #grip(over) {
    over.classList.add("grip");
    const seconds = (event) => this.#plot.posToVal(event.clientX - over.getBoundingClientRect().left, "x");
    const us = (event) => this.#found.trial.started_us + seconds(event) * 1e6;
    over.addEventListener("pointerdown", (event) => {
      const near = this.#nearest(event.clientX - over.getBoundingClientRect().left);
      if (near === null || !this.mayEdit()) return;
      over.setPointerCapture(event.pointerId);
      this.#choose(near);
    });
    over.addEventListener("pointermove", (event) => {
      if (over.hasPointerCapture(event.pointerId) && this.#chosen) this.#move(us(event));
    });
  }

  #nearest(px) {
    const { trial } = this.#found;
    const far = (event) => Math.abs(this.#plot.valToPos((event.t_us - trial.started_us) / 1e6, "x") - px);
    const found = [...trial.events].sort((one, other) => far(one) - far(other))[0];
    return found && far(found) <= NEAR_PX ? found : null;
  }
}
