// From what the rig says is open to what can be pressed: one big thing, and others in a fixed order.
import { t, first, seconds } from "./texts.js";

const KEYS = {
  unable: "U", abort: "V", repeat: "R", skip: "S", go: "G", route: "M", undo: "Z", note: "N", watch: "W",
  grasped: "H", unsafe: "X", used_arms: "A", sixty_seconds: "6", save: "K", key: "J", sensors: "D", start: "T", confirm: "T", count: "C",
};
const ORDER = ["count", "stop", "save", "watch", "undo", "repeat", "unable", "skip", "abort", "go", "route", "note"];
const ASKED = { unable: "unable", abort: "reason", repeat: "reason", skip: "reason" };
const FORMS = ["participant", "eligibility", "questions", "bottle"];
const EARNEST = ["stop", "end", "unable", "abort"];

/** Something to press: `data` is sent at once, `reasons` are asked for first, `opens` is a dialog of its own. */
function action(kind, more = {}) {
  return { id: kind, kind, data: {}, key: KEYS[kind], label: t(`act.${kind}`), ...more };
}

function ofOption({ kind, reasons }, frame) {
  if (kind === "stop") return reasons.map(stopping);
  if (kind === "hold") return reasons.map((reason) => deciding(reason, frame));
  if (kind === "route") {
    const reason = reasons.find((each) => each !== frame.route);
    return [action(kind, { data: { reason }, label: t(`route.${reason}`) })];
  }
  if (kind === "go" || kind === "note") return [action(kind, { opens: kind })];
  if (kind === "watch" && frame.trial?.watch_ms) return [action(kind, { label: t("act.watch.stop") })];
  return [action(kind, reasons.length ? { reasons, wording: ASKED[kind] } : {})];
}

const stopping = (reason) =>
  action("stop", { id: `stop-${reason}`, data: { reason }, key: KEYS[reason], label: t(`reason.${reason}`), reason });

/** Which of two times of a stance is right. */
function deciding(reason, { trials, doubt }) {
  const { shown } = trials.find(({ id }) => id === doubt);
  const s = seconds(reason === "key" ? shown.time_us : shown.felt_us);
  return action("hold", { id: `hold-${reason}`, data: { reason }, key: KEYS[reason], label: t(`act.hold.${reason}`, { s }) });
}

export function actionsOf(frame) {
  const all = frame.options.filter(({ kind }) => kind !== "count" || frame.wrist).flatMap((option) => ofOption(option, frame));
  const [main, ...others] = all;
  others.sort((one, other) => place(one) - place(other));
  return { main, others };
}

/** A doubt comes first, and then what would be the next thing without it. */
const place = ({ kind }) => (kind === "hold" ? -2 : ORDER.indexOf(kind));

/** Whether a press meant for one state means the same in another. */
export function sameSituation(one, other) {
  return one.step === other.step && one.doubt === other.doubt && one.trial?.id === other.trial?.id && one.trial?.phase === other.trial?.phase;
}

export const isForm = ({ kind }) => FORMS.includes(kind);
export const isEarnest = ({ kind }) => EARNEST.includes(kind);
export const asked = (action) => first(`act.${action.kind}`).replace(/…|\.\.\./, "");
