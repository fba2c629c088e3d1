// Rows to judge: one at a time, a key a cell. Rows come from the kernel by message and are kept nowhere.
import { emphasised, h, listen } from "../dom.js";

/** @typedef {{ at: number, column: string, text: string, doubt: string, wrong: boolean }} Cell */
/** @typedef {{ says: string, row: number, title: string, cells: Cell[], first: number, more: string, error?: string }} Answer */
/** @typedef {{ alone: string, keys: string[][], buttons: string[][] }} State */

/** @type {Record<string, number>} */
const STEPS = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
/** @type {Record<string, string>} */
const DOES = { Enter: "judge", u: "undo", s: "skip" };

/**
 * @param {State} state
 * @param {unknown} _arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function labeller({ alone, keys, buttons }, _arrays, { ask, undo }) {
  const said = h("p", { class: "mw-mix-said", role: "status" }, ask ? "" : alone);
  const title = h("p", { class: "mw-figure-title" });
  const list = h("div", { class: "mw-slice-list mw-cells", role: "group", "aria-label": "Cells, pressed where wrong" });
  const more = h("p", { class: "mw-small" });
  const does = buttons.map(([what, words]) => h("button", { type: "button", class: "mw-button", "data-mw-do": what }, words)); // prettier-ignore
  const legend = h("p", { class: "mw-small" }, ...keys.flatMap(([key, words]) => [h("kbd", {}, key), ` ${words}   `]));
  const node = h("div");
  node.append(said, ...(ask ? [title, list, more, h("div", { class: "mw-buttons" }, ...does), legend] : []));
  let row = -1;
  let waiting = false;
  listen(undo, node, "click", ({ target }) => act(target.closest("button")));
  listen(undo, node, "keydown", press);
  tell("look");
  return { node, draw() {} };

  /** @param {HTMLElement | null} button */
  function act(button) {
    if (button?.dataset.mwDo) tell(button.dataset.mwDo);
    else button?.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") === "false"));
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const { key, target } = event;
    const cells = /** @type {HTMLElement[]} */ ([...list.children]);
    const at = cells.indexOf(/** @type {HTMLElement} */ (target));
    if (event.ctrlKey || event.metaKey || event.altKey || (at < 0 && key === "Enter")) return;
    if (STEPS[key]) cells[Math.min(Math.max(at + STEPS[key], 0), cells.length - 1)]?.focus();
    else if (key > "0" && key <= "9") cells[Number(key) - 1]?.focus();
    else if (key === "x") act(cells[at] ?? null);
    else if (DOES[key]) tell(DOES[key]);
    else return;
    event.preventDefault();
  }

  /** @param {string} what */
  function tell(what) {
    if (!ask || waiting) return;
    waiting = true;
    const wrong = [...list.querySelectorAll('[aria-pressed="true"]')].map((cell) => Number(cell.getAttribute("data-mw-at"))); // prettier-ignore
    ask({ what, row, wrong }, show);
  }

  /** @param {Answer} answer */
  function show(answer) {
    waiting = false;
    said.replaceChildren(...(answer.error ? [answer.error] : emphasised(answer.says)));
    if (answer.error) return;
    const held = node.contains(document.activeElement);
    row = answer.row;
    title.textContent = answer.title;
    more.textContent = answer.more;
    list.replaceChildren(...answer.cells.map(cell));
    if (held) /** @type {HTMLElement | undefined} */ (list.children[answer.first])?.focus();
  }

  /** @param {Cell} cell */
  function cell({ at, column, text, doubt, wrong }) {
    return h(
      "button",
      { type: "button", class: "mw-slice", "data-mw-at": at, "aria-pressed": String(wrong) },
      h("span", { class: "mw-slice-said", dir: "auto" }, column),
      h("span", { class: "mw-slice-rule", dir: "auto" }, text),
      h("span", { class: "mw-slice-said mw-doubt", dir: "auto" }, doubt),
    );
  }
}
