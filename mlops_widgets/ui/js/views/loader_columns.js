// What each column may mean, guessed with the reason, to be confirmed; and what is said of target and metric.
import { h } from "../dom.js";
import { keyed } from "../keeping.js";
import { foldedTable } from "../table.js";
import { later } from "./loader_later.js";

/**
 * @typedef {{ name: string, type: string, cells: string[], role: string, reason: string, said: boolean, first: boolean }} Column
 * @typedef {{ name: string, label: string, value: string, options: string[] }} Setting
 * @typedef {{ tell: (event: string, more?: Record<string, unknown>) => void, undo: (() => void)[] }} Tools
 */

const FEW = 8;

/** @param {import("./loader.js").State} state @param {Tools} tools @returns {import("../types").Part} */
export function columnsPart(state, tools) {
  const lines = state.columns.map((column) => ({ column, node: line(column, state.roles, tools) }));
  const folded = lines.length > FEW ? lines.filter(({ column }) => !column.first) : [];
  const open = lines.filter((each) => !folded.includes(each));
  const node = h("div", { class: "mw-columns" }, ...open.map((each) => each.node));
  if (folded.length) {
    const roles = new Set(folded.map(({ column }) => column.role));
    const title = `${folded.length} more columns: ${[...roles].join(", ")}`;
    const summary = h("summary", { "data-mw-key": "more-columns" }, title);
    const attributes = { class: "mw-fold", "data-mw-key": "fold-columns", open: open.length ? null : "" };
    node.append(h("details", attributes, summary, ...folded.map((each) => each.node)));
  }
  const rows = state.rows ? foldedTable({ ...state.rows }, false) : null;
  if (rows) node.append(keyed(rows.node, "rows", "The first rows"));
  return { node, draw: (width) => rows?.draw(width) };
}

/** @param {Column} column @param {string[]} roles @param {Tools} tools */
function line(column, roles, { tell, undo }) {
  const options = roles.map((role) => h("option", { value: role, selected: role === column.role }, role));
  const select = h(
    "select",
    { class: "mw-input", "aria-label": `Role of ${column.name}`, "data-mw-key": `role-${column.name}` },
    ...options,
  );
  later(undo, select, () => tell("role", { column: column.name, role: select.value }));
  const why = column.said ? "as you said" : column.reason ? `guessed: ${column.reason}` : "";
  return h(
    "div",
    { class: "mw-column" },
    h(
      "div",
      { class: "mw-column-name" },
      h("b", { dir: "auto" }, column.name),
      h("span", { class: "mw-hint" }, column.type),
    ),
    select,
    h("div", { class: "mw-column-cells", dir: "auto" }, column.cells.join(" · ")),
    h("div", { class: "mw-hint", dir: "auto" }, why),
  );
}

/** @param {Setting[]} settings @param {Tools} tools */
export function settingsPart(settings, { tell, undo }) {
  const parts = settings.map(({ name, label, value, options }) => {
    const select = h(
      "select",
      { class: "mw-input", "data-mw-key": `setting-${name}` },
      h("option", { value: "", selected: !value }, "as the data say"),
      ...options.map((option) => h("option", { value: option, selected: option === value }, option)),
    );
    later(undo, select, () => tell("setting", { name, value: select.value }));
    return h("label", { class: "mw-setting" }, h("span", { class: "mw-label" }, label), select);
  });
  return h("div", { class: "mw-settings" }, ...parts);
}
