// Questions in between: a reason, a step to go to, a note, the keys.
import { h, $ } from "./dom.js";
import { t, named, colon } from "./texts.js";
import { asked } from "./actions.js";

const dialog = $("#dialog");
export const isOpen = () => dialog.open;
export const close = () => dialog.close();

function show(title, ...content) {
  const cancel = h("button", { type: "button", class: "quiet", onclick: close }, t("ui.cancel"), h("kbd", {}, "Esc"));
  dialog.replaceChildren(h("h2", { id: "asked" }, title), ...content, h("p", { class: "row" }, cancel));
  if (!dialog.open) dialog.showModal();
}

function choices(values, label, done) {
  const made = values.map((value, i) => {
    const key = i < 9 ? String(i + 1) : null;
    const chosen = () => { close(); done(value); };
    return h("li", {}, h("button", { type: "button", onclick: chosen, "data-key": key }, h("span", {}, label(value)), key && h("kbd", {}, key)));
  });
  return h("ol", { class: "choices" }, made);
}

export function reason(action, done) {
  show(`${asked(action)}${colon()}${t("ui.choose_reason")}`, choices(action.reasons, (value) => named(action.wording, value), done));
}

export function step(frame, done) {
  const need = Object.fromEntries(frame.steps.map(({ id, need }) => [id, need]));
  const label = (id) => `${named("part", id) === id ? t(`title.${id}`) : t(`part.${id}`)} · ${t(`need.${need[id]}`)}`;
  show(t("ui.choose_step"), choices(frame.steps.map(({ id }) => id), label, done));
}

export function note(done) {
  const field = h("textarea", { id: "note", maxlength: 500, rows: 3, required: true });
  const submit = (event) => { event.preventDefault(); close(); done(field.value.trim()); };
  const save = h("button", { type: "submit" }, t("ui.save"));
  show(t("act.note").replace(/…|\.\.\./, ""), h("form", { onsubmit: submit }, h("label", { for: "note" }, t("form.note")), field, save));
  field.focus();
}

export function keys(letters, setLetters) {
  const rows = [
    [["Enter", "Space", "PageDown"], "ui.key.main"],
    [["PageUp"], "ui.key.second"],
    [["A–Z"], "ui.key.letters"],
    [["Esc"], "ui.key.close"],
  ];
  const list = rows.flatMap(([names, text]) => [h("dt", {}, names.map((name) => h("kbd", {}, name))), h("dd", {}, t(text))]);
  const box = h("input", { type: "checkbox", id: "letters", checked: letters, onchange: () => setLetters(box.checked) });
  show(t("ui.keys"), h("dl", { class: "keys" }, list), h("p", {}, t("ui.key.clicker")), h("label", { class: "check", for: "letters" }, box, t("ui.letter_keys")));
}

/** A digit chooses. */
export function press(key) {
  const found = dialog.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (found) found.click();
  return found !== null;
}
