// Rows to judge: one at a time, a key a cell. Rows come from the kernel by message and are kept nowhere.
import { emphasised, h, listen } from "../dom.js";

/** @typedef {{ at: number, column: string, text: string, why: string, sure: string, suspected: boolean, wrong: boolean }} Cell */
/** @typedef {{ judged: number, of: number, says: string, row?: number, cells: Cell[], left_out: number, error?: string }} Answer */

const NO_KERNEL =
  "Rows are judged where a kernel runs: mw.data_quality.ErrorLabeller(table) in JupyterLab. They are in no saved page.";
/** @type {[string, string][]} */
const LEGEND = [
  ["↑ ↓ 1–9", "cell"],
  ["x", "wrong"],
  ["Enter", "the rest is right, next row"],
  ["u", "undo"],
  ["s", "skip"],
];

/**
 * @param {unknown} _state
 * @param {unknown} _arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function labeller(_state, _arrays, context) {
  const { ask, undo } = context;
  const said = h("p", { class: "mw-mix-said", role: "status" }, ask ? "" : NO_KERNEL);
  const where = h("p", { class: "mw-figure-title" });
  const list = h("div", { class: "mw-slice-list mw-cells", role: "group", "aria-label": "Cells of the row" });
  const button = (/** @type {string} */ what, /** @type {string} */ words) =>
    h(
      "button",
      { type: "button", class: `mw-button${what === "judge" ? " mw-primary" : ""}`, "data-mw-do": what },
      words,
    );
  const buttons = h("div", { class: "mw-buttons" }, button("judge", "The rest is right, next row"), button("undo", "Undo"), button("skip", "Skip")); // prettier-ignore
  const keys = h("p", { class: "mw-small" }, ...LEGEND.flatMap(([key, words]) => [h("kbd", {}, key), ` ${words}   `]));
  const node = h("div", {}, said, ...(ask ? [where, list, buttons, keys] : []));
  /** @type {number | undefined} */
  let row;
  let waiting = false;
  listen(undo, list, "click", (event) => mark(event.target.closest("button")));
  listen(undo, buttons, "click", (event) => tell(event.target.closest("button")?.dataset.mwDo));
  listen(undo, node, "keydown", press);
  tell("look");
  return { node, draw() {} };

  /** @param {KeyboardEvent} event */
  function press(event) {
    const cells = /** @type {HTMLElement[]} */ ([...list.children]);
    const at = cells.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const inside = at >= 0;
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
    /** @type {Record<string, string>} */
    const doing = { u: "undo", s: "skip" };
    const digit = key >= "1" && key <= "9" && key.length === 1;
    if (key in steps) cells[Math.min(Math.max(at + steps[key], 0), cells.length - 1)]?.focus();
    else if (digit) cells[Number(key) - 1]?.focus();
    else if (key === "x" && inside) mark(cells[at]);
    else if (key === "Enter" && inside) tell("judge");
    else if (key in doing) tell(doing[key]);
    else return;
    event.preventDefault();
  }

  /** @param {HTMLElement | null} cell */
  function mark(cell) {
    if (!cell) return;
    const wrong = cell.getAttribute("aria-pressed") !== "true";
    cell.setAttribute("aria-pressed", String(wrong));
    const verdict = cell.querySelector(".mw-verdict");
    if (verdict) verdict.textContent = wrong ? "✕ wrong" : "";
  }

  /** @param {string | undefined} what */
  function tell(what) {
    if (!ask || !what || waiting || (what === "judge" && row === undefined)) return;
    const pressed = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[aria-pressed="true"]')]);
    waiting = true;
    list.setAttribute("aria-busy", "true");
    ask({ what, row, wrong: pressed.map((cell) => Number(cell.dataset.mwAt)) }, show);
  }

  /** @param {Answer} answer */
  function show(answer) {
    waiting = false;
    list.removeAttribute("aria-busy");
    said.classList.toggle("mw-role-bad", Boolean(answer.error));
    if (answer.error) return said.replaceChildren(answer.error);
    const held = list.contains(document.activeElement) || buttons.contains(document.activeElement);
    ({ row } = answer);
    const count = `${answer.judged} of ${answer.of} rows judged${answer.judged < answer.of ? "" : "; labeller.result holds the list, and more rows sharpen it"}. `;
    said.replaceChildren(count, ...emphasised(answer.says));
    where.textContent =
      row === undefined ? "Every row was judged or skipped." : `Row ${row}, counted from 0: which cells are wrong?`;
    list.replaceChildren(...(row === undefined ? [] : answer.cells.map(cell)));
    if (answer.left_out) list.append(h("p", { class: "mw-small" }, `${answer.left_out} more columns look right; call a cell of theirs wrong by labeller.judge(${row}, [column]).`)); // prettier-ignore
    const first = answer.cells?.findIndex((each) => each.suspected) ?? 0;
    if (held) /** @type {HTMLElement | undefined} */ (list.children[Math.max(first, 0)])?.focus();
  }

  /** @param {Cell} cell */
  function cell({ at, column, text, why, sure, suspected, wrong }) {
    const doubt = why ? `${suspected ? "▲ looks wrong" : "△ odd"}, ${sure}: ${why}` : "";
    const made = h(
      "button",
      { type: "button", class: "mw-slice", "data-mw-at": at, "aria-pressed": "false" },
      h("span", { class: "mw-slice-said", dir: "auto" }, column),
      h("span", { class: "mw-slice-rule", dir: "auto" }, text || "(missing)"),
      h("span", { class: "mw-verdict" }),
      ...(doubt ? [h("span", { class: "mw-slice-said mw-doubt", dir: "auto" }, doubt)] : []),
    );
    if (wrong) mark(made);
    return made;
  }
}
