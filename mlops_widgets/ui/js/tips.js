// One tooltip a card. A mark carries its words in `data-mw-tip`; the pointer shows them, and so do the arrow keys once
// the picture has the focus: one tab stop a picture, every mark within reach.
import { h, listen } from "./dom.js";

const STEPS = new Map([
  ["ArrowRight", 1],
  ["ArrowDown", 1],
  ["ArrowLeft", -1],
  ["ArrowUp", -1],
]);

/**
 * @param {HTMLElement} root
 * @param {(() => void)[]} undo
 * @returns {HTMLElement} the tooltip, to be put into the root
 */
export function tips(root, undo) {
  const tip = h("div", { class: "mw-tip", role: "status", hidden: true, dir: "auto" });
  /** @type {Element | null} */
  let marked = null;

  /** @param {Element | null} mark @param {boolean} byKey */
  function show(mark, byKey) {
    marked?.classList.remove("mw-at");
    marked = mark;
    tip.hidden = !mark;
    if (!mark) return;
    if (byKey) mark.classList.add("mw-at");
    tip.textContent = mark.getAttribute("data-mw-tip");
    place(root, tip, mark);
  }

  listen(undo, root, "pointerover", (event) => show(markOf(event.target), false));
  listen(undo, root, "pointerleave", () => show(null, false));
  listen(undo, root, "focusout", () => show(null, false));
  listen(undo, root, "focusin", (event) => {
    if (event.target.hasAttribute("data-mw-tip")) show(event.target, true);
  });
  listen(undo, root, "keydown", (event) => {
    if (event.key === "Escape") show(null, false);
    const step = STEPS.get(event.key);
    if (!step || event.target.localName !== "svg") return;
    event.preventDefault();
    const marks = [...event.target.querySelectorAll("[data-mw-tip]:not([data-mw-quiet])")];
    if (!marks.length) return;
    const at = marked ? marks.indexOf(marked) : -1;
    show(marks[at < 0 ? (step > 0 ? 0 : marks.length - 1) : (at + step + marks.length) % marks.length], true);
  });
  return tip;
}

/** @param {any} target @returns {Element | null} */
function markOf(target) {
  return target instanceof Element ? target.closest("[data-mw-tip]") : null;
}

/** @param {HTMLElement} root @param {HTMLElement} tip @param {Element} mark */
function place(root, tip, mark) {
  const outer = root.getBoundingClientRect();
  const box = mark.getBoundingClientRect();
  const middle = box.left + box.width / 2 - outer.left;
  const left = Math.max(4, Math.min(outer.width - tip.offsetWidth - 4, middle - tip.offsetWidth / 2));
  const above = box.top - outer.top - tip.offsetHeight - 8;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > 0 ? above : box.bottom - outer.top + 8}px`;
}
