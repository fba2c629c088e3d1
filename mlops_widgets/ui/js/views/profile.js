// A table at a glance: a line a column, filtered and sorted here; a line opens to what is known of its column.
import { h, listen, s } from "../dom.js";
import { write } from "../numbers.js";

/**
 * Name, kind, share missing, different values in words and as a number; then, where there was room, outline, a sentence,
 * flags, and details in pairs.
 * @typedef {[string, string, number, string, number, string?, string?, string?, [string, string][]?]} Line
 */
/** @typedef {{ columns: Line[] }} State */

const STEP = 30;
/** @type {Record<string, (a: Line, b: Line) => number>} */
const ORDERS = {
  "as in the table": () => 0,
  "to look at first": (a, b) => Number(!a[7]) - Number(!b[7]),
  "most missing": (a, b) => b[2] - a[2],
  "most different values": (a, b) => b[4] - a[4],
  name: (a, b) => a[0].localeCompare(b[0]),
};

/** Lines whose name, kind or flags hold the text, in an order of `ORDERS`. */
/** @param {Line[]} columns @param {string} text @param {string} order */
export function chosen(columns, text, order) {
  const wanted = text.trim().toLowerCase();
  const found = columns.filter(([name, kind, , , , , , flags]) =>
    `${name} ${kind} ${flags ?? ""}`.toLowerCase().includes(wanted),
  );
  return found.sort(ORDERS[order]);
}

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} _arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function profile(state, _arrays, context) {
  let most = STEP;
  const filter = h("input", { type: "search", class: "mw-input", placeholder: "Filter columns", "aria-label": "Filter columns by name, kind or flag" }); // prettier-ignore
  const order = h("select", { class: "mw-input", "aria-label": "Sort columns" }, ...Object.keys(ORDERS).map((name) => h("option", {}, name))); // prettier-ignore
  const tally = h("p", { class: "mw-small", role: "status" });
  const list = h("div", { class: "mw-profile" });
  const more = h("button", { type: "button", class: "mw-filter" }, "Show more");
  const node = h("div", {}, h("div", { class: "mw-filters" }, filter, order), tally, list, more);
  listen(context.undo, filter, "input", () => show(STEP));
  listen(context.undo, order, "change", () => show(STEP));
  listen(context.undo, more, "click", () => {
    const first = list.children.length;
    show(most + STEP);
    /** @type {HTMLElement | null | undefined} */ (list.children[first]?.querySelector("summary"))?.focus();
  });
  show(STEP);
  return { node, draw: (width) => node.classList.toggle("mw-tight", width < 620) };

  /** @param {number} lines */
  function show(lines) {
    most = lines;
    const found = chosen(state.columns, filter.value, order.value);
    list.replaceChildren(...found.slice(0, most).map(line));
    tally.textContent = `${Math.min(most, found.length)} of ${found.length} columns${found.length < state.columns.length ? ` (${state.columns.length} in all)` : ""}`;
    more.hidden = found.length <= most;
  }
}

/** @param {Line} column */
function line([name, kind, missing, distinct, , heights = "", says = "", flags = "", details]) {
  const share = write(missing, "percent", missing && missing < 0.1 ? 3 : 2);
  const gone = h("i", { style: `inline-size:${missing * 100}%` });
  const head = h(
    "summary",
    {},
    h("span", { dir: "auto" }, h("b", {}, name || "(no name)"), ` ${kind}`),
    h("span", { class: "mw-profile-missing" }, h("span", {}, gone), `${share} missing`),
    h("span", {}, distinct && `${distinct} different`),
    bars(heights),
    h("span", { dir: "auto" }, says, ...(flags ? [h("b", { class: "mw-profile-flag" }, ` ▲ ${flags}`)] : [])),
  );
  const pairs = (details ?? [["not kept here", "Profile.frame() has this column's numbers."]]).flatMap(
    ([word, value]) => [h("dt", {}, word), h("dd", { dir: "auto" }, value)],
  );
  return h("details", {}, head, h("dl", {}, ...pairs));
}

/** @param {string} heights */
function bars(heights) {
  const node = s("svg", {
    viewBox: "0 0 96 20",
    width: 96,
    height: 20,
    role: "img",
    "aria-label": "How its values are spread",
  });
  for (const [place, digit] of [...heights].entries())
    node.append(s("rect", { x: place * 6, y: 20 - 2 * Number(digit) - (digit === "0" ? 0 : 2), width: 5, height: 2 * Number(digit) + (digit === "0" ? 0 : 2) })); // prettier-ignore
  return node;
}
