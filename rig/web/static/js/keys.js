// Keyboard and presenter's clicker.
const TYPING = "input, textarea, select, [contenteditable]";
const PRESSABLE = "button, a, summary, input[type=checkbox], input[type=radio], [role=slider]";

export let letters = localStorage.getItem("letters") !== "off";
export function setLetters(on) {
  letters = on;
  localStorage.setItem("letters", on ? "on" : "off");
}

/** What a key means: `main`, `second`, a letter, or nothing. */
export function meaning(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const { key, target } = event;
  const typing = target.matches(TYPING) && !target.matches("[type=checkbox], [type=radio]");
  if (key === "PageDown") return "main";
  if (key === "PageUp") return "second";
  if (typing) return key === "Enter" && target.closest("#form") ? "main" : null;
  if (key === "Enter" || key === " ") {
    const own = target.matches(PRESSABLE) && !(key === "Enter" && target.matches("input"));
    return own ? null : "main";
  }
  return letters && key.length === 1 ? key.toUpperCase() : null;
}
