// A contract as a form: what each rule asks, what a breach of it is, and what this table would make of it.
import { h, listen } from "../dom.js";

/** @typedef {{ rule: string, asks: string, fields: Record<string, string>, severity: string, says: string, broken: boolean }} Line */
/** @typedef {{ lines: Line[], edits: number, left: string, headline?: string, error?: string }} State */
/** @typedef {HTMLInputElement | HTMLSelectElement} Field */

const HEAD = ["rule", "asks", "a breach is", "this table"];

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} _arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function contract(state, _arrays, context) {
  const wrong = h("p", { class: "mw-error", role: "alert" });
  const undo = h("button", { type: "button", class: "mw-button mw-copy" }, "Undo");
  const rows = state.lines.map(row);
  const heads = HEAD.map((name) => h("th", { scope: "col" }, name));
  const table = h("table", { class: "mw-table" }, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows.map((each) => each.node))); // prettier-ignore
  const node = h("div", { class: "mw-contract" }, ...(context.ask ? [undo] : []), table, state.left);
  listen(context.undo, undo, "click", () => tell({ undo: true }, undo));
  listen(context.undo, table, "keydown", ({ key, target }) => {
    if (key !== "Enter") return; // JupyterLab takes it, so the field would say nothing
    target.blur();
    target.focus();
  });
  fill();
  return { node, draw: (width) => table.classList.toggle("mw-stacked", width < 620) };

  /** @param {Line} line */
  function row(line) {
    const says = h("span");
    const severity = h("select", {}, ...["failed", "warning", "off"].map((word) => h("option", { value: word }, word)));
    /** @type {[string, Field][]} */
    const fields = [...Object.keys(line.fields).map((name) => /** @type {[string, Field]} */ ([name, h("input")])), ["severity", severity]]; // prettier-ignore
    for (const [name, field] of fields) {
      field.className = "mw-input";
      field.setAttribute("aria-label", `${name} of ${line.rule}`);
      listen(context.undo, field, "change", () => tell({ rule: line.rule, field: name, value: field.value }, field));
    }
    const typed = context.ask ? fields.slice(0, -1).map(([name, field]) => h("label", {}, `${name} `, field)) : [];
    const parts = [[line.rule], typed.length ? typed : [line.asks], context.ask ? [severity] : [line.severity], [says]];
    const cells = parts.map((part, at) => h("td", { dir: "auto", "data-mw-column": HEAD[at] }, ...part));
    return { node: h("tr", {}, ...cells), says, fields };
  }

  /** @param {object} question @param {HTMLElement} at */
  function tell(question, at) {
    context.ask?.(question, (/** @type {State} */ answer) => {
      wrong.remove();
      if (answer.error) {
        wrong.textContent = answer.error;
        return at.after(wrong);
      }
      Object.assign(state, answer);
      fill();
      context.say({ headline: answer.headline ?? "", summary: "" });
    });
  }

  /** Texts only: a field that somebody is typing in stays as it is. */
  function fill() {
    undo.disabled = !state.edits;
    for (const [at, { says, fields }] of rows.entries()) {
      const line = state.lines[at];
      says.textContent = `${line.broken ? "■ " : ""}${line.says}`;
      for (const [name, field] of fields)
        if (!field.matches(":focus")) field.value = name === "severity" ? line.severity : line.fields[name];
    }
  }
}
