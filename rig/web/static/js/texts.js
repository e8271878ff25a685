// The catalogue of the language on the page.
const HTML = { zh_Hant_TW: "zh-Hant-TW", en: "en" };
let texts = {};
export let language = localStorage.getItem("language") ?? "zh_Hant_TW";

export async function load(wanted) {
  texts = await (await fetch(`/texts/${wanted}`)).json();
  language = wanted;
  localStorage.setItem("language", wanted);
  document.documentElement.lang = HTML[wanted];
  document.title = t("ui.title");
}

export const other = () => (language === "en" ? "zh_Hant_TW" : "en");
export const has = (id) => id in texts;

/** A text with its values put in; an id without a text is shown as it is: better a code than nothing. */
export function t(id, values = {}) {
  return (texts[id] ?? id).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** The first of several ids that has a text. */
export const first = (...ids) => t(ids.find(has) ?? ids[ids.length - 1]);
/** A code as its text where there is one. */
export const named = (kind, code) => (has(`${kind}.${code}`) ? t(`${kind}.${code}`) : String(code));

/** Punctuation of the language on the page. */
export const colon = () => (language === "en" ? ": " : "：");
export const listed = (texts) => texts.join(language === "en" ? "; " : "、");

/** A time as a stopwatch shows it: truncated. */
export const seconds = (us) => (us === null || us === undefined ? "–" : (Math.floor(us / 10000) / 100).toFixed(2));
