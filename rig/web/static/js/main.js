// The page: the rig's state in, what the assessor sees and presses out.
import { h, $, redraw, say } from "./dom.js";
import { t, has, load, language, other, colon } from "./texts.js";
import { listen, post, get, now, browser } from "./link.js";
import { wake, beep } from "./beep.js";
import { TESTS, phase, wordings, wanted } from "./battery.js";
import { actionsOf, sameSituation, isEarnest, isForm } from "./actions.js";
import * as dialogs from "./dialogs.js";
import * as keys from "./keys.js";
import { pictureOf } from "./pictures.js";
import { clockOf } from "./clock.js";
import { drawCourse, showBeams, showChecks, showDevices, Trace } from "./lab.js";
import { formOf, contentOf, filled, refill, ticked, lifted, countLift, countAnew, LIFTS } from "./forms.js";
import { resultPage, outcome } from "./result.js";
import { Review } from "./review.js";

const BOUNCE_MS = 350; // of the rig's clock: a finger that presses twice
let frame = null;
let live = null;
let clock = null;
let pressedMs = -Infinity;
let online = true;
let known = true;
let message = null;
let looking = null;
let counted = 0; // lifts of the wrist sensor that are in the form
const trace = new Trace();
const review = new Review($("#sheet"), { back: backToResult, mayEdit: () => mine() && !stopped(), told: answered });

const stopped = () => live?.disk.level === "full";
const mine = () => live === null || live.controller === browser;
const form = () => document.getElementById("form");

// --- Presses

function act(action) {
  if (action.reasons) dialogs.reason(action, (reason) => send(action, { reason }));
  else if (action.opens === "go") dialogs.step(frame, (step) => send(action, { step }));
  else if (action.opens === "note") dialogs.note((text) => text && send(action, { text }));
  else send(action, action.data);
}

/** Press; where the page has gone on meanwhile but means the same, press again. */
async function send(action, data, from = frame) {
  if (action.kind === "count") { counted = 0; countAnew(form()); }
  const answer = await post("/press", { kind: action.kind, data, version: from.version });
  if (action.kind === "cue" && answer.ok && answer.to_sound !== null) sound(answer.to_sound);
  if (answer.status === 409 && mine()) {
    const fresh = await get("/state");
    if (fresh.version !== from.version && sameSituation(fresh, from)) return send(action, data, fresh);
  }
  return answered(answer);
}

/** Beep, and tell the rig when it was heard; where nobody can know that, the assessor has to speak. */
async function sound(token) {
  const told = await beep();
  if (told !== null) { post("/sounded", { token, ...told }); return; }
  message = t("ui.no_beep");
  showAlerts();
}

function answered({ ok, status, error }) {
  message = ok ? null : status === 409 ? t("ui.stale") : t("ui.refused", { why: error });
  showAlerts();
}

function pressMain() {
  if (frame === null || !mine() || now() - pressedMs < BOUNCE_MS) return;
  const { main } = actionsOf(frame);
  if (main === undefined) return;
  pressedMs = now();
  if (isForm(main) && counting()) { countLift(form()); showActions(); return; }
  perform(main);
}

const perform = (action) => (isForm(action) && form() !== null ? saveForm(action) : act(action));

function saveForm(action) {
  const content = contentOf(form(), frame.step);
  if (content !== null) send(action, content);
}

const counting = () => frame.step === "bottle" && form() !== null && lifted(form()) < LIFTS;

function pressed(event) {
  wake();
  if (dialogs.isOpen()) {
    if (!event.target.matches("input, textarea") && dialogs.press(event.key)) event.preventDefault();
    return;
  }
  const meaning = keys.meaning(event);
  if (event.repeat) { if (meaning === "main" || event.key === "Enter" || event.key === " ") event.preventDefault(); return; }
  if (meaning === null || frame === null) return;
  const button = meaning === "main" ? $("#main") : meaning === "second" ? $("#others button") : document.querySelector(`#others [data-key="${CSS.escape(meaning)}"]`);
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
}

// --- What is shown

function show() {
  const { step } = frame;
  say($("#heading"), t("ui.title"));
  say($("#who"), [frame.session, frame.participant.id].filter(Boolean).join(" · "));
  showSteps();
  say($("#title"), titleOf(step));
  say($("#say h3"), t("ui.say"));
  say($("#say p"), t(wordings("say", frame).find(has) ?? `say.${step}`));
  say($("#do h3"), t("ui.do"));
  say($("#do p"), t(wordings("do", frame).find(has) ?? `do.${step}`));
  redraw($("#hints"), [frame.hints, language], () => frame.hints.map((hint) => h("li", { class: hint.startsWith("guard") ? "guard" : "" }, t(`hint.${hint}`))));
  showForm(step);
  showStage();
  showActions();
  showSheet();
  drawCourse(frame.course, language);
  trace.mark(frame.trial);
  document.body.dataset.step = step;
  document.body.dataset.phase = frame.closed ? "closed" : phase(frame);
  document.body.dataset.over = frame.over;
  document.body.dataset.version = frame.version;
  keepFocus();
}

function showForm(step) {
  const before = form()?.className === step ? filled(form()) : null;
  const asked = phase(frame) === "before" && !frame.closed;
  const anew = redraw($("#told"), [step, language, asked], () => [asked ? formOf(frame, showActions) : null]);
  if (anew && before !== null && form() !== null) refill(form(), before);
}

function titleOf(step) {
  if (!TESTS.includes(step)) return t(`title.${step}`);
  const of = wanted(step, frame);
  const done = frame.trials.filter((trial) => trial.test === step && trial.phase === "ended" && trial.aborted === null).length;
  const n = Math.min(of, done + 1);
  return of > 1 ? `${t(`part.${step}`)} · ${t("ui.trial_of", { n, of })}` : t(`part.${step}`);
}

function showSteps() {
  $("#steps").setAttribute("aria-label", t("ui.steps"));
  const one = ({ id, need }) => h("li", { class: need, "aria-current": id === frame.step ? "step" : null }, h("span", {}, t(`step.${id}`)), h("span", { class: "hidden" }, t(`need.${need}`)));
  redraw($("#steps ol"), [frame.steps, frame.step, language], () => frame.steps.map(one));
}

function showStage() {
  const running = frame.trial !== null;
  redraw($("#picture"), [frame.step, language, frame.closed], () => [frame.closed ? null : pictureOf(frame.step)]);
  if (redraw($("#clock"), [frame.trial, language], () => [running ? (clock = clockOf(frame.trial)).element : null]) && !running) clock = null;
  showLast();
}

const nameOfTrial = ({ test, ordinal }) => `${t(`part.${test}`)} ${ordinal}`;

function showLast() {
  const trial = frame.trials.filter((each) => each.phase === "ended").at(-1);
  const shown = trial && frame.trial === null && !frame.closed;
  const told = frame.result?.trials.find((each) => each.trial === trial?.id);
  const parts = () => [
    h("span", { class: "what" }, `${t("ui.last")}${colon()}${nameOfTrial(trial)}`),
    h("strong", {}, trial.shown || trial.aborted !== null || !frame.busy ? outcome(trial, told) : t("ui.waiting")),
    frame.doubt === null ? null : h("span", { class: "doubt" }, t("ui.disagree", { trial: nameOfTrial(frame.trials.find(({ id }) => id === frame.doubt)) })),
  ];
  redraw($("#last"), [shown && trial, told?.status, told?.quality, frame.doubt, frame.busy, language], () => (shown ? parts() : []));
}

function showActions() {
  const { main, others } = actionsOf(frame);
  const may = mine() && online && !stopped();
  const lift = main !== undefined && isForm(main) && counting();
  const button = $("#main");
  button.hidden = main === undefined;
  if (main !== undefined) say($("#main .label"), mainLabel(main, lift));
  say($("#main kbd"), "Enter");
  button.disabled = !may;
  button.className = main === undefined ? "" : `${main.kind}${isEarnest(main) ? " earnest" : ""}`;
  const all = lift ? [{ ...main, id: "save", key: "K" }, ...others] : others;
  redraw($("#others"), [all.map(({ id, key, label }) => [id, key, label]), may, language], () => all.map((action, i) => secondary(action, i === 0, may)));
}

function mainLabel(main, lift) {
  if (lift) return `${t("act.lift")} ${lifted(form())}/${LIFTS}`;
  if (main.kind === "eligibility" && form() && ticked(form())) return t("act.eligibility.some");
  return main.label;
}

function secondary(action, second, may) {
  const go = () => perform(action);
  const label = [h("span", {}, action.label), h("kbd", {}, action.key), second ? h("kbd", { class: "page" }, "PgUp") : null];
  return h("button", { type: "button", class: action.kind === "stop" ? "stop" : "", "data-key": action.key, "data-action": action.id, disabled: !may, onclick: go }, label);
}

/** The sheet takes the stage's place where there is something to read: the result, and a trial looked over. */
function showSheet() {
  const shown = frame.trial === null && (frame.step === "result" || frame.closed);
  document.body.classList.toggle("reading", shown);
  $("#sheet").hidden = !shown;
  if (!shown) { looking = null; return; }
  const drawn = [frame.result?.scores, frame.trials, frame.edits, frame.closed, language];
  if (looking === null) redraw($("#sheet"), drawn, () => [frame.closed ? h("p", { class: "over", role: "status" }, t("ui.over")) : null, ...resultPage(frame, look)]);
}

function look(id) {
  looking = id;
  delete $("#sheet").dataset.made;
  review.open(id).then(() => $("#back")?.focus());
}

function backToResult() {
  looking = null;
  delete $("#sheet").dataset.made;
  showSheet();
}

function showAlerts() {
  const trouble = live?.trouble ?? "";
  const alerts = [
    online ? null : ["lost", t(known ? "ui.reconnecting" : "ui.stranger")],
    stopped() ? ["full", t("ui.disk_full")] : live?.disk.level === "low" ? ["low", t("ui.disk_low", { mb: live.disk.free_mb })] : null,
    trouble ? ["trouble", `${t("ui.trouble")}${colon()}${trouble}`] : null,
    message === null ? null : ["refused", message],
    mine() ? null : ["controls", t("ui.other_controls")],
  ].filter(Boolean);
  const take = () => post("/controls", {}).then(answered);
  redraw($("#alerts"), [alerts, language], () => alerts.map(([kind, text]) => h("div", { class: kind, role: "alert" }, h("span", {}, text),
    kind === "controls" ? h("button", { type: "button", id: "take-over", onclick: take }, t("ui.take_over")) : null)));
}

function keepFocus() {
  const at = document.activeElement;
  if (dialogs.isOpen() || form()?.contains(at) || $("#sheet").contains(at) || $("#tools").contains(at)) return;
  const begins = form()?.querySelector("input");
  if (begins && !form().contains(at) && form() !== keepFocus.last) begins.focus({ preventScroll: true });
  else $("#main").focus({ preventScroll: true });
  keepFocus.last = form();
}

// --- From the rig, and the screen's own beat

function onState(told) {
  const before = frame;
  frame = told;
  if (before !== null && before.version !== told.version) message = null;
  show();
  showAlerts();
}

/** What the sensor at the wrist counts comes on top of what is counted by key. */
function showLifts({ lifts }) {
  const place = document.getElementById("counted");
  if (place === null || !frame.wrist) return;
  const more = lifts === null ? 0 : lifts.count - counted;
  if (more > 0 && mine()) { countLift(form(), "wrist", more); counted = lifts.count; showActions(); }
  const doubts = (lifts?.quality ?? []).filter((each) => has(`ui.lifts.${each}`)).map((each) => t(`ui.lifts.${each}`));
  say(place, frame.counting ? [t("ui.lifts", { n: lifts?.count ?? 0 }), ...doubts].join(" ") : t("ui.lifts.ready"));
}

function onLive(told) {
  const had = live === null || (mine() && !stopped());
  live = told;
  document.body.dataset.heard = told.now_ms;
  showBeams(told.beams);
  trace.feed(told);
  showDevices(told.devices, language);
  if (frame !== null) { showLifts(told); showChecks(told, frame.step === "devices" && frame.trial === null, language); }
  showAlerts();
  if (frame !== null && had !== (mine() && !stopped())) showActions();
}

function beat() {
  if (frame !== null) {
    clock?.tick(now(), live);
    if (live !== null && !document.hidden) trace.draw(now());
  }
  requestAnimationFrame(beat);
}

async function speak(wanted) {
  await load(wanted);
  say($("#language"), wanted === "en" ? "中文" : "English");
  $("#language").lang = wanted === "en" ? "zh-Hant-TW" : "en";
  say($("#help"), t("ui.keys"));
  if (frame !== null) show();
  if (looking !== null) look(looking);
  showAlerts();
}

$("#main").addEventListener("click", pressMain);
$("#language").addEventListener("click", () => speak(other()));
$("#help").addEventListener("click", () => dialogs.keys(keys.letters, keys.setLetters));
addEventListener("keydown", pressed);
addEventListener("pointerdown", wake);
await speak(language);
listen({
  state: onState, live: onLive,
  open: () => { online = true; showAlerts(); if (frame) showActions(); },
  strange: () => { known = false; showAlerts(); },
  lost: () => { online = false; showAlerts(); if (frame) showActions(); },
});
requestAnimationFrame(beat);
