// The form that brings a study, from top to bottom: choose, bring, confirm, load, go on. Python holds its state.
import { h, listen } from "../dom.js";
import { keyed } from "../keeping.js";
import { snippet } from "../snippet.js";
import { foldedTable } from "../table.js";
import { columnsPart, settingsPart } from "./loader_columns.js";
import { fieldPart } from "./loader_field.js";

/**
 * @typedef {{ value: string, label: string, line: string }} Choice
 * @typedef {{ name: string, headline: string, table: { columns: string[], rows: string[][] } | null, notes: string[], next: string, code: string, toml: string, saved: string, fresh: boolean }} Loaded
 * @typedef {{ chosen: string, choices: Choice[], fields: import("./loader_field.js").Field[], browser: import("./loader_browser.js").Listing | null, columns: import("./loader_columns.js").Column[], roles: string[], rows: { columns: string[], rows: string[][], caption: string } | null, settings: import("./loader_columns.js").Setting[], columns_error: string, error: string, next: string, in_use: boolean, loaded: Loaded }} State
 */

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} _arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function loader(state, _arrays, context) {
  const { undo } = context;
  /** @type {(event: string, more?: Record<string, unknown>) => void} */
  const tell = (event, more = {}) => context.send({ kind: "form", event, ...more });
  const slot = h("div", { class: "mw-slot" });
  /** @type {((width: number) => void)[]} */
  const draws = [];
  const own = state.chosen === "own";
  const node = h("div", { class: "mw-loader" }, chooser(state, tell, undo));
  if (own) {
    const fields = state.fields.map((field) =>
      fieldPart(field, state.browser, { tell, undo, transfer: context.transfer }),
    );
    node.append(step(2, "Bring a model and tables", h("div", { class: "mw-fields" }, ...fields)));
  }
  if (own && state.columns.length) {
    const columns = columnsPart(state, { tell, undo });
    draws.push(columns.draw);
    const wrong = state.columns_error
      ? [h("p", { class: "mw-error", role: "alert", dir: "auto" }, state.columns_error)]
      : [];
    node.append(
      step(
        3,
        "Say what the columns mean",
        columns.node,
        ...wrong,
        ...(state.settings.length ? [settingsPart(state.settings, { tell, undo })] : []),
      ),
    );
  }
  if (state.error) node.append(h("p", { class: "mw-error", role: "alert", dir: "auto" }, state.error));
  const number = own ? (state.columns.length ? 4 : 3) : 2;
  const load = step(number, "Load it", h("p", { class: "mw-next", role: "status", dir: "auto" }, state.next), slot);
  load.classList.toggle("mw-in-use", state.in_use);
  node.append(load);
  const done = loadedPart(state.loaded, tell, undo);
  draws.push(done.draw);
  node.append(done.node);
  return { node, slot, draw };

  /** @param {number} width */
  function draw(width) {
    node.classList.toggle("mw-wide", width >= 760);
    node.classList.toggle("mw-narrow", width < 560);
    for (const each of draws) each(width);
  }
}

/** @param {number} number @param {string} title @param {...Node} parts */
function step(number, title, ...parts) {
  const head = h(
    "h3",
    { class: "mw-step-head" },
    h("span", { class: "mw-step-number", "aria-hidden": "true" }, String(number)),
    title,
  );
  return h("section", { class: "mw-step", "aria-label": title }, head, ...parts);
}

/** @param {State} state @param {(event: string, more?: Record<string, unknown>) => void} tell @param {(() => void)[]} undo */
function chooser(state, tell, undo) {
  const name = `mw-choice-${Math.random()}`;
  const choices = state.choices.map(({ value, label, line }) => {
    const input = h("input", {
      type: "radio",
      name,
      value,
      checked: value === state.chosen,
      class: "mw-radio",
      "data-mw-key": `choice-${value}`,
    });
    listen(undo, input, "change", () => input.checked && tell("choose", { value }));
    return h(
      "label",
      { class: "mw-choice" },
      input,
      h("span", {}, h("b", {}, label), h("span", { class: "mw-choice-line" }, line)),
    );
  });
  return step(
    1,
    "Choose a study",
    h("div", { class: "mw-choices", role: "radiogroup", "aria-label": "study" }, ...choices),
  );
}

/**
 * The study that later cells read, and how to make it again.
 * @param {Loaded} loaded
 * @param {(event: string, more?: Record<string, unknown>) => void} tell
 * @param {(() => void)[]} undo
 * @returns {import("../types").Part}
 */
function loadedPart(loaded, tell, undo) {
  const words = loaded.fresh ? "✓ Loaded" : "In use now";
  const node = h(
    "section",
    { class: `mw-loaded${loaded.fresh ? " mw-fresh" : ""}`, "aria-label": words },
    h("p", { class: "mw-loaded-head" }, h("b", {}, words), ` ${loaded.headline}`),
    h("p", { class: "mw-loaded-next", dir: "auto" }, "→ ", loaded.next),
  );
  const table = loaded.table ? foldedTable({ ...loaded.table, caption: "" }, true) : null;
  if (table) node.append(keyed(table.node, "tables", "Tables"));
  if (loaded.notes.length) {
    const notes = h("ul", { class: "mw-notes" }, ...loaded.notes.map((note) => h("li", { dir: "auto" }, note)));
    node.append(
      fold("notes", `${loaded.notes.length} note${loaded.notes.length === 1 ? "" : "s"} from loading`, notes),
    );
  }
  if (loaded.code) {
    const save = h("button", { type: "button", class: "mw-button", "data-mw-key": "save" }, "Save study.toml");
    listen(undo, save, "click", () => tell("save"));
    node.append(
      fold(
        "again", "The code and the file that make this study again",
        h("p", { class: "mw-then" }, "In Python:"), snippet(loaded.code, undo, "the code"),
        h("p", { class: "mw-then" }, "As study.toml, which later chapters read:"), snippet(loaded.toml, undo, "study.toml"),
        h("div", { class: "mw-buttons" }, save, h("output", { class: "mw-job-text", dir: "auto" }, loaded.saved)),
      ), // prettier-ignore
    );
  }
  return { node, draw: (width) => table?.draw(width) };
}

/** @param {string} key @param {string} title @param {...Node} parts */
function fold(key, title, ...parts) {
  return h(
    "details",
    { class: "mw-fold", "data-mw-key": `fold-${key}` },
    h("summary", { "data-mw-key": key }, title),
    ...parts,
  );
}
