// The result: scores, every trial, every correction.
import { h } from "./dom.js";
import { t, named, seconds, colon, listed } from "./texts.js";

const code = (kind, value) => (value === null ? t("score.missing") : named(kind, value));

function headline({ scores }) {
  const { total, total_range: [low, high] } = scores.sppb;
  return h("dl", { class: "headline" }, [
    [t("ui.total"), total === null ? t("ui.range", { low, high }) : `${total} / 12`],
    [t("page.category"), code("category", scores.category)],
    [t("page.fall_risk"), t(`fall_risk.${scores.fall_risk}`)],
    [t("page.programme"), code("programme.name", scores.programme)],
  ].map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function points({ sppb }) {
  const one = (part) => h("li", {}, h("span", {}, t(`part.${part}`)), h("b", {}, sppb[part] === null ? "–" : `${sppb[part]} / 4`),
    h("span", { class: "bar", "aria-hidden": "true" }, Array.from({ length: 4 }, (_, i) => h("i", { class: i < (sppb[part] ?? 0) ? "full" : "" }))));
  return h("ul", { class: "points" }, ["balance", "gait", "chair"].map(one));
}

function remarks({ scores }) {
  const about = (heading, kind, codes) => (codes?.length ? h("p", { class: "remark" }, h("b", {}, t(heading) + colon()), listed(codes.map((each) => named(kind, each)))) : null);
  const deviations = (scores.deviations ?? []).map((each) => each.split(":")).map(([part, what]) => `${named("part", part)} – ${named("deviation", what)}`);
  return [
    about("page.fall_risk", "fall_sign", scores.fall_risk_because),
    about("page.borderline", "part", scores.borderline),
    about("page.withheld", "withheld", scores.withheld),
    deviations.length ? h("p", { class: "remark" }, h("b", {}, t("page.deviations") + colon()), listed(deviations)) : null,
  ];
}

/** How a trial ended, in one line. */
export function outcome(trial, told) {
  if (trial.aborted !== null) return `${t("status.aborted")} · ${trial.aborted.split(": ").map((each) => named("reason", each)).join(colon())}`;
  if (trial.unable !== null) return `${t("status.unable")} · ${named("unable", trial.unable)}`;
  if (told?.status === "unable") return `${t("status.unable")} · ${named("unable", told.reason)}`;
  const time = trial.shown?.time_us ?? null;
  if (time !== null) return `${seconds(time)} ${t("ui.seconds")}`;
  return trial.shown ? t(`status.${trial.shown.status}`) : t("ui.waiting");
}

function trials(frame, look) {
  const told = Object.fromEntries((frame.result?.trials ?? []).map((trial) => [trial.trial, trial]));
  const row = (trial) => h("tr", { "data-trial": trial.id },
    h("th", { scope: "row" }, `${t(`part.${trial.test}`)} ${trial.ordinal}`), h("td", {}, outcome(trial, told[trial.id])),
    h("td", {}, trial.manual_us === null ? "" : `${seconds(trial.manual_us)} ${t("ui.seconds")} ${t("ui.by_hand")}`),
    h("td", {}, h("button", { type: "button", class: "quiet", onclick: () => look(trial.id), "aria-label": `${t("act.review")} ${t(`part.${trial.test}`)} ${trial.ordinal}` }, t("act.review"))));
  return h("table", { class: "trials" }, h("caption", {}, t("ui.trials")), h("tbody", {}, frame.trials.map(row)));
}

export function audit(edits) {
  if (!edits.length) return h("p", { class: "none" }, t("ui.no_audit"));
  const row = (edit) => h("tr", {}, h("td", {}, edit.trial), h("td", {}, `${named("event", edit.event)} ${edit.ordinal}`), h("td", {}, edit.who), h("td", {}, edit.why));
  return h("table", { class: "audit" }, h("caption", {}, t("ui.audit")),
    h("thead", {}, h("tr", {}, ["page.test", "ui.event", "ui.who", "ui.why"].map((id) => h("th", { scope: "col" }, t(id))))), h("tbody", {}, edits.map(row)));
}

export function resultPage(frame, look) {
  if (frame.result === null) return [h("p", { class: "waiting", role: "status" }, t("ui.no_result"))];
  return [headline(frame.result), points(frame.result.scores), ...remarks(frame.result), trials(frame, look), audit(frame.edits),
    h("p", { class: "none" }, t("page.disclaimer"))];
}
