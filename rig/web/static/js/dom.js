// Elements from names, attributes and children; text is always text.
const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
export const s = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
export const $ = (selector) => document.querySelector(selector);

/** Replace an element's children if what they are made from has changed. */
export function redraw(element, key, children) {
  const made = JSON.stringify(key);
  if (element.dataset.made === made) return false;
  element.dataset.made = made;
  element.replaceChildren(...children().flat().filter((child) => child !== null));
  return true;
}

export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
