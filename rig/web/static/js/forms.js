// What is asked of the person: fields, and what they say.
import { h } from "./dom.js";
import { t } from "./texts.js";

const CONTRAINDICATIONS = [
  "mi_or_unstable_angina", "arrhythmia", "aortic_dissection", "aortic_stenosis", "endo_or_pericarditis", "hypertension", "thromboembolism",
  "heart_failure", "respiratory_failure", "postural_hypotension", "diabetes", "recent_fracture", "other",
];
const AIDS = ["none", "cane", "walker", "rollator", "other"];
const FULL_ML = 500;
export const LIFTS = 30;

const number = (name, min, max, more = {}) => h("input", { id: name, name, type: "number", inputmode: "numeric", min, max, step: 1, ...more });
const optional = () => h("small", {}, t("form.optional"));
const field = (name, input, ...notes) => h("div", { class: "field" }, h("label", { for: name }, t(`form.${name}`), notes), input);
const text = (name, more) => h("input", { id: name, name, type: "text", autocomplete: "off", spellcheck: "false", pattern: "[A-Za-z0-9][A-Za-z0-9_.\\-]{0,39}", ...more });

/** A question with a few answers, as radio buttons; the chosen one is a string, empty for none. */
function choice(name, values, chosen, label = (value) => t(`form.${name}.${value}`)) {
  const one = (value) => h("label", { class: "pill" }, h("input", { type: "radio", name, value, checked: value === chosen }), h("span", {}, label(value)));
  return h("fieldset", { class: "field" }, h("legend", {}, t(`form.${name}`)), h("div", { class: "pills" }, values.map(one)));
}

function participant({ participant: known }) {
  return [
    field("id", text("id", { required: true, value: known.id, placeholder: "A-001" })),
    field("age_years", number("age_years", 18, 120, { value: known.age_years })),
    field("assessor", text("assessor", { value: known.assessor, placeholder: t("form.optional") })),
    field("chair_height_mm", number("chair_height_mm", 250, 800, { value: known.chair_height_mm, placeholder: t("form.optional") })),
    choice("sex", ["f", "m", "x"], known.sex),
    choice("aid", AIDS, known.aid ?? "none"),
    choice("rules", ["vivifrail", "nia"], known.rules ?? "vivifrail", (value) => t(`rules.${value}`)),
  ];
}

function eligibility({ answers }) {
  const told = answers.contraindications ?? [];
  const box = (code) => h("label", { class: "check" }, h("input", { type: "checkbox", name: "contraindications", value: code, checked: told.includes(code) }), h("span", {}, t(`contraindication.${code}`)));
  return [
    h("fieldset", { class: "field wide" }, h("legend", {}, t("form.contraindications")), h("div", { class: "checks" }, CONTRAINDICATIONS.map(box))),
    choice("osteoporosis", ["", "none", "mild_to_moderate", "severe", "unknown"], answers.osteoporosis ?? "", (value) => (value ? t(`osteoporosis.${value}`) : t("form.not_asked"))),
  ];
}

const YES_NO = ["true", "false", ""];
const yesNo = (value) => t(`form.${{ true: "yes", false: "no", "": "unknown" }[value]}`);
const said = (value) => (value === true || value === false ? String(value) : "");

function questions({ answers }) {
  return [
    field("falls_last_year", number("falls_last_year", 0, 999, { value: answers.falls_last_year }), optional()),
    choice("fall_needed_care", YES_NO, said(answers.fall_needed_care), yesNo),
    choice("cognitive_impairment", YES_NO, said(answers.cognitive_impairment), yesNo),
  ];
}

function bottle({ bottle: known }) {
  return [
    field("millilitres", number("millilitres", 0, FULL_ML, { value: known?.millilitres ?? FULL_ML, step: 10, required: true })),
    field("lifts", number("lifts", 0, 100, { value: known?.lifts ?? 0 })),
    h("p", { id: "counted", class: "wide", role: "status" }),
    h("p", { class: "wide" }, t("form.repeat_in")),
    h("input", { type: "hidden", name: "counted_by", value: known?.counted_by ?? "" }),
  ];
}

const FIELDS = { participant, eligibility, questions, bottle };
const whole = (value) => (value === "" || value === null ? null : Number(value));
const truth = (value) => (value === "" || value === null ? null : value === "true");
const given = (about) => Object.fromEntries(Object.entries(about).filter(([, value]) => value !== null && value !== ""));

const READ = {
  participant: (told) => given({ ...Object.fromEntries(told), age_years: whole(told.get("age_years")), chair_height_mm: whole(told.get("chair_height_mm")) }),
  eligibility: (told) => ({ contraindications: told.getAll("contraindications"), ...given({ osteoporosis: told.get("osteoporosis") }) }),
  questions: (told) => ({ falls_last_year: whole(told.get("falls_last_year")), fall_needed_care: truth(told.get("fall_needed_care")), cognitive_impairment: truth(told.get("cognitive_impairment")) }),
  bottle: (told) => {
    const [millilitres, lifts] = [whole(told.get("millilitres")), whole(told.get("lifts"))];
    return { millilitres, ...given({ lifts, counted_by: told.get("counted_by") }), lifted_full: millilitres === FULL_ML && lifts >= LIFTS };
  },
};

/** The form of a step, or null; `changed` is called when something in it is. */
export function formOf(frame, changed) {
  const fields = FIELDS[frame.step];
  if (!fields) return null;
  return h("form", { id: "form", class: frame.step, novalidate: true, oninput: changed, onsubmit: (event) => event.preventDefault() }, fields(frame));
}

/** What the form says, or null if it has to be looked at again: the browser says where. */
export function contentOf(form, step) {
  return form.reportValidity() ? READ[step](new FormData(form)) : null;
}

/** What has been filled in so far, for the same form in another language. */
export const filled = (form) => [...form.elements].map(({ value, checked }) => ({ value, checked }));
export function refill(form, before) {
  [...form.elements].forEach((element, i) => {
    if (element.type === "radio" || element.type === "checkbox") element.checked = before[i].checked;
    else if (element.tagName === "INPUT") element.value = before[i].value;
  });
}

export const ticked = (form) => new FormData(form).getAll("contraindications").length;
export const lifted = (form) => Number(form.elements.lifts.value);
export function countLift(form, by = "key", times = 1) {
  form.elements.lifts.value = lifted(form) + times;
  if (form.elements.counted_by.value !== "wrist") form.elements.counted_by.value = by;
}

/** Begin to count anew. */
export function countAnew(form) {
  form.elements.lifts.value = 0;
  form.elements.counted_by.value = "";
}
