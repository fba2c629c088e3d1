// Weak slices: a list to go through; beside it what a slice loses against what was promised, and its worst rows.
import { dots } from "../charts/dots.js";
import { h, listen } from "../dom.js";
import { digitsFor, interval, percentDigits, write } from "../numbers.js";
import { status } from "./slices_words.js";

/** @typedef {import("./slices_words.js").Slice} Slice */
/** @typedef {{ slices: Slice[], raw: Slice[], loss_label: string, form: import("../types").Form, promised: boolean, margin: number, tested_rows: number }} State */

const WIDE = 720;
const NO_KERNEL =
  "Its worst rows are shown in JupyterLab by mw.overfitting.SliceExplorer(study); they are in no report.";

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} _arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function slices(state, _arrays, context) {
  const now = { raw: !state.slices.length, at: 0 };
  let size = 0;
  const tabs = h("div", { class: "mw-filters", role: "group", "aria-label": "Which slices" });
  const list = h("div", { class: "mw-slice-list", role: "group", "aria-label": "Slices" });
  const detail = h("section", { class: "mw-slice-detail", "aria-live": "polite" });
  const below = h("div", { class: "mw-slice-rows" });
  const node = h("div", { class: "mw-slices" }, h("div", { class: "mw-slice-side" }, tabs, list), detail, below);
  for (const [raw, words, count] of /** @type {[boolean, string, number][]} */ ([
    [false, state.promised ? "beyond the promise" : "worse than elsewhere", state.slices.length],
    [true, "highest raw loss", state.raw.length],
  ])) {
    if (!count) continue;
    const tab = h("button", { type: "button", class: "mw-filter", "data-mw-raw": String(raw) }, `${words} (${count})`);
    listen(context.undo, tab, "click", () => go({ raw, at: 0 }));
    tabs.append(tab);
  }
  listen(context.undo, list, "click", (event) => {
    const button = event.target.closest("[data-mw-slice]");
    if (button) go({ raw: now.raw, at: Number(button.getAttribute("data-mw-slice")) });
  });
  listen(context.undo, list, "keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[/** @type {string} */ (event.key)];
    const next = step && /** @type {HTMLElement[]} */ ([...list.children])[now.at + step];
    if (!next) return;
    event.preventDefault();
    go({ raw: now.raw, at: now.at + step });
    /** @type {HTMLElement} */ (list.children[now.at]).focus();
  });
  fill();
  return { node, draw: resize };

  function chosen() {
    return (now.raw ? state.raw : state.slices)[now.at];
  }

  /** @param {typeof now} next */
  function go(next) {
    const anew = next.raw !== now.raw;
    Object.assign(now, next);
    if (anew) fill();
    mark();
    show();
  }

  function fill() {
    const shown = now.raw ? state.raw : state.slices;
    list.replaceChildren(
      ...shown.map((slice, index) =>
        h(
          "button",
          { type: "button", class: "mw-slice", "data-mw-slice": index },
          h("span", { class: "mw-slice-rule", dir: "auto" }, slice.rule),
          h(
            "span",
            { class: "mw-slice-said" },
            h("span", { class: "mw-slice-mark" }, status(slice, now.raw)),
            ` ${write(slice.share, "percent", 2 + percentDigits(slice.share, null, null))} of the rows · ${state.loss_label} ${write(slice.loss, state.form, 1 + Number(state.form === "number"))}`,
          ),
        ),
      ),
    );
    mark();
  }

  function mark() {
    for (const [index, button] of [...list.children].entries())
      button.setAttribute("aria-pressed", String(index === now.at));
    for (const tab of tabs.children)
      tab.setAttribute("aria-pressed", String(tab.getAttribute("data-mw-raw") === String(now.raw)));
  }

  function show() {
    const slice = chosen();
    if (!slice || !size) return;
    detail.replaceChildren(
      h("div", { class: "mw-figure-title", dir: "auto" }, slice.rule),
      h("div", { class: "mw-figure-body" }, dots(chart(slice), size, `${slice.rule}. ${words(slice)}`)),
      h("p", { class: "mw-slice-words", dir: "auto" }, words(slice)),
      ...(context.ask ? [] : [h("p", { class: "mw-small" }, NO_KERNEL)]),
    );
    if (!context.ask) return;
    below.querySelector("table")?.classList.toggle("mw-stacked", !node.classList.contains("mw-beside"));
    if (below.dataset.mwOf === keyOf()) return; // drawn anew at another width: the rows are the same
    below.dataset.mwOf = keyOf();
    const rows = h("div");
    below.replaceChildren(rows);
    fetchRows(rows, context.ask);
  }

  function keyOf() {
    return `${now.raw} ${now.at}`;
  }

  /** @param {Slice} slice @returns {import("../types").Dots} */
  function chart(slice) {
    const row = (/** @type {string} */ label, /** @type {number | null} */ value, /** @type {import("../types").Role} */ role) => ({ label, value, lower: null, upper: null, n: null, role, note: "" }); // prettier-ignore
    const all = [
      row(`${state.loss_label} here`, slice.loss, "production"),
      ...(state.promised ? [row("promised here", slice.expected, "reference")] : []),
      row(`${state.loss_label} elsewhere`, slice.rest_loss, "muted"),
      ...(state.promised ? [row("promised elsewhere", slice.rest_expected, "muted")] : []),
    ];
    const axis = { label: "", form: state.form, lower: 0, upper: null };
    return { kind: "dots", rows: all, axis, marks: [], title: "" };
  }

  /** @param {Slice} slice */
  function words(slice) {
    const [scale, unit] = state.form === "percent" ? [100, " points"] : [1, ""];
    const scaled = (/** @type {number | null} */ value) => (value === null ? null : scale * value);
    const digits = slice.lower === null || slice.upper === null ? 2 : digitsFor(scale * slice.lower, scale * slice.upper); // prettier-ignore
    const span = interval(scaled(slice.lower), scaled(slice.upper), "number", digits);
    const beyond = state.promised && !now.raw ? "beyond its promise, more than elsewhere" : "more than elsewhere";
    const held = now.raw
      ? `${write(slice.rows, "integer")} rows; chosen and measured on the same rows, so the number flatters.`
      : `${write(slice.tested_rows, "integer")} rows that weren't searched, in ${write(slice.tested_units, "integer")} units; adjusted p ${write(slice.p_adjusted, "number", 3)}.`;
    return `${write(scaled(slice.excess), "number", digits)} ${span}${unit} ${beyond}. ${held}`;
  }

  /** @param {HTMLElement} place @param {NonNullable<import("../types").Context["ask"]>} ask */
  function fetchRows(place, ask) {
    place.append(h("p", { class: "mw-small" }, "Fetching its worst rows…"));
    ask({ slice: now.at, raw: now.raw }, (answer) => {
      if (!place.isConnected) return; // another slice was chosen meanwhile
      place.replaceChildren(
        answer.error ? h("p", { class: "mw-error", role: "alert" }, answer.error) : rowTable(answer),
      );
    });
  }

  /** @param {{ columns: string[], rows: string[][], left_out: number }} answer */
  function rowTable({ columns, rows, left_out }) {
    const head = h("tr", {}, ...columns.map((name) => h("th", { scope: "col", dir: "auto" }, name)));
    const body = rows.map((cells) =>
      h("tr", {}, ...cells.map((text, column) => h("td", { dir: "auto", "data-mw-column": columns[column] }, text))),
    );
    const more = left_out
      ? ` ${left_out} more columns: SliceExplorer.worst_rows(${now.at}${now.raw ? ", raw=True" : ""}).`
      : "";
    const caption = h("caption", {}, `The ${rows.length} worst rows of this slice, from the kernel; nothing keeps them.${more}`); // prettier-ignore
    const table = h("table", { class: "mw-table" }, caption, h("thead", {}, head), h("tbody", {}, ...body));
    table.classList.toggle("mw-stacked", !node.classList.contains("mw-beside"));
    return table;
  }

  /** @param {number} width */
  function resize(width) {
    const beside = width >= WIDE;
    node.classList.toggle("mw-beside", beside);
    size = beside ? Math.round(width * 0.6) - 24 : width;
    show();
  }
}
