// Elements made safely: every text goes in as text, never as markup.

const FOCUSABLE = new Set(["a", "button", "input", "select", "summary", "textarea"]);
const SVG = "http://www.w3.org/2000/svg";

/** @typedef {string | number | boolean | null | undefined} Value */

/**
 * Without this attribute on each focusable element, a key pressed in it also acts on the notebook ('x' cuts the cell).
 * @param {Element} node
 * @param {string} tag
 * @param {Record<string, Value>} attributes
 */
function fill(node, tag, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, String(value));
  }
  if (FOCUSABLE.has(tag) || "tabindex" in attributes) node.setAttribute("data-lm-suppress-shortcuts", "true");
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, Value>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  fill(node, tag, attributes);
  node.append(...children);
  return node;
}

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, Value>} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function s(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  fill(node, tag, attributes);
  node.append(...children);
  return node;
}

/** @type {CanvasRenderingContext2D | null | undefined} */
let pen;
let font = "";

/**
 * Width of a text in pixels, as the page will draw it or very near.
 * @param {string} text
 * @param {{ size?: number, bold?: boolean }} [style]
 */
export function textWidth(text, { size = 12, bold = false } = {}) {
  pen ??= document.createElement("canvas").getContext("2d");
  if (!pen) return text.length * size * 0.56;
  const wanted = `${bold ? 600 : 400} ${size}px system-ui, "Segoe UI", Helvetica, Arial, sans-serif`;
  if (font !== wanted) pen.font = font = wanted; // reading a font takes longer than measuring with it
  return pen.measureText(text).width * 1.03;
}

/**
 * The text, or as much of it as fits, with an ellipsis.
 * @param {string} text
 * @param {number} width
 * @param {{ size?: number, bold?: boolean }} [style]
 */
export function clip(text, width, style) {
  if (textWidth(text, style) <= width) return text;
  const letters = Array.from(text.slice(0, 600));
  let low = 0;
  let high = letters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (textWidth(`${letters.slice(0, middle).join("")}…`, style) <= width) low = middle;
    else high = middle - 1;
  }
  return `${letters.slice(0, low).join("").trimEnd()}…`;
}

/** A name from the user's data inside a sentence: its own writing direction stays inside. @param {string} name */
export const isolate = (name) => `\u2068${name}\u2069`;

const NUMBER =
  /((?<![\p{L}\p{N}_.,-])[−-]?(?:\d[\d,]*\.\d+|\.\d+|\d[\d,.]*(?=[\u202f\u00a0 ]?%))(?:[\u202f\u00a0 ]?%)?(?![\p{L}\p{N}_]))/u;

/**
 * The sentence with its measured numbers emphasised: decimals and percentages outside brackets. Counts and intervals
 * stay quiet, and a digit inside a name ("model_2") is no number.
 * @param {string} sentence
 * @returns {(Node | string)[]}
 */
export function emphasised(sentence) {
  return sentence.split(/(\[[^\]]*\])/).flatMap((piece, place) => {
    if (place % 2) return [h("span", { class: "mw-interval" }, piece)];
    return piece.split(NUMBER).map((part, index) => (index % 2 ? h("b", { class: "mw-num" }, part) : part));
  });
}

/**
 * Listen, and remember how to stop.
 * @param {(() => void)[]} undo
 * @param {EventTarget} target
 * @param {string} type
 * @param {(event: any) => void} listener
 */
export function listen(undo, target, type, listener) {
  target.addEventListener(type, listener);
  undo.push(() => target.removeEventListener(type, listener));
}
