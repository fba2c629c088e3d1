// Explanations of rows: the row and the output are picked, the pictures follow; below them what was checked.
import { h, listen } from "../dom.js";
import { sideBySide } from "../side_by_side.js";

/** @typedef {{ charts: import("../types").Chart[], claim: string }} Page */
/** @typedef {{ said: string, name: string, text: string }} Check */
/** @typedef {{ pages: Page[][], rows: string[], left_out: number, outputs: string[], start: number[], checks: Check[] }} State */

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} _arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function explanation(state, _arrays, context) {
  const now = { row: 0, output: state.start[0] };
  let size = 0;
  const pictures = h("div", { class: "mw-two" });
  const rows = picker("row", state.rows, (row) => ({ row, output: state.start[row] }));
  const outputs = picker("output", state.outputs, (output) => ({ ...now, output }));
  const left = state.left_out ? [h("p", { class: "mw-small" }, `${state.left_out} more rows are in the table.`)] : [];
  const node = h("div", {}, ...picked(), ...left, pictures, ...foldedChecks(state.checks));
  return { node, draw };

  function picked() {
    const pickers = [...(state.rows.length > 1 ? rows.nodes : []), ...(state.outputs.length > 1 ? outputs.nodes : [])];
    return pickers.length ? [h("div", { class: "mw-picks" }, ...pickers)] : [];
  }

  /** @param {string} name @param {string[]} texts @param {(index: number) => typeof now} next */
  function picker(name, texts, next) {
    const input = h("select", { class: "mw-input", "aria-label": name }, ...texts.map((text, index) => h("option", { value: index }, text))); // prettier-ignore
    listen(context.undo, input, "change", () => {
      Object.assign(now, next(Number(input.value)));
      draw(size);
      const { claim } = state.pages[now.row][now.output];
      context.say(claim ? { headline: claim, summary: "" } : null);
    });
    return { input, nodes: [h("span", { class: "mw-label" }, name), input] };
  }

  /** @param {number} width */
  function draw(width) {
    size = width;
    rows.input.value = String(now.row);
    outputs.input.value = String(now.output);
    sideBySide(pictures, state.pages[now.row][now.output].charts, context)(width);
  }
}

/** @param {Check[]} checks */
function foldedChecks(checks) {
  if (!checks.length) return [];
  const line = (/** @type {Check} */ check) => h("p", {}, h("b", {}, `${check.said}: ${check.name}. `), check.text);
  const title = h("summary", {}, "What was checked", h("span", { class: "mw-tally" }, String(checks.length)));
  return [h("details", { class: "mw-fold" }, title, ...checks.map(line))];
}
