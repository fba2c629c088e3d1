// A cleaning recipe: its steps in order; beside them what the chosen one does to a column, and with a kernel to which cells.
import { distributions } from "../charts/distributions.js";
import { h, listen } from "../dom.js";

/** @typedef {{ words: string, reason: string, on: boolean, touched: string, bins: string[], before: import("../types").Floats, after: import("../types").Floats, of: string }} Step */
/** @typedef {{ steps: Step[], at?: number, headline?: string, examples?: string[][], undo?: boolean, redo?: boolean, error?: string }} State */

const WIDE = 720;
const COLUMNS = ["row", "column", "before", "after"];
const ACTS = { toggle: "Switch off", up: "Move up", down: "Move down", undo: "Undo", redo: "Redo" };

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} _arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function recipe(state, _arrays, context) {
  let at = 0;
  let size = 0;
  const list = h("div", { class: "mw-slice-list", role: "group", "aria-label": "Steps" });
  const detail = h("section", { class: "mw-slice-detail", "aria-live": "polite" });
  const tools = h("div", { class: "mw-buttons" });
  const below = h("div", { class: "mw-slice-rows" });
  const node = h("div", { class: "mw-slices" }, h("div", { class: "mw-slice-side" }, list, tools), detail, below);
  const tool = Object.entries(context.ask ? ACTS : {}).map(([act, words]) => {
    const button = h("button", { type: "button", class: "mw-button mw-copy" }, words);
    listen(context.undo, button, "click", () => ask(act));
    tools.append(button);
    return button;
  });
  listen(context.undo, list, "click", ({ target }) => {
    const place = [...list.children].indexOf(target.closest(".mw-slice"));
    if (place >= 0) go(place);
  });
  listen(context.undo, list, "keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[/** @type {string} */ (event.key)];
    if (!step) return;
    event.preventDefault();
    if (event.altKey) ask(step > 0 ? "down" : "up");
    else if (state.steps[at + step]) go(at + step);
    /** @type {HTMLElement} */ (list.children[at]).focus();
  });
  fill();
  ask("show"); // the recipe may have been changed since this card was made
  return { node, draw };

  /** @param {number} place */
  function go(place) {
    at = place;
    fill();
    ask("show");
  }

  /** @param {string} act */
  function ask(act) {
    context.ask?.({ do: act, at }, (/** @type {State} */ answer) => {
      below.replaceChildren();
      if (answer.error) return below.append(h("p", { class: "mw-error", role: "alert" }, answer.error));
      state = answer;
      if (act !== "show") at = answer.at ?? at;
      fill();
      context.say({ headline: answer.headline ?? "", summary: "" });
    });
  }

  function fill() {
    const held = list.contains(document.activeElement);
    list.replaceChildren(
      ...state.steps.map((step, place) =>
        h(
          "button",
          { type: "button", class: "mw-slice", "aria-pressed": String(place === at) },
          h("span", { class: "mw-slice-rule", dir: "auto" }, `${place + 1}. ${step.words}`),
          h("span", { class: "mw-slice-said" }, step.touched),
        ),
      ),
    );
    if (held) /** @type {HTMLElement} */ (list.children[at]).focus();
    if (tool.length) {
      tool[0].textContent = state.steps[at].on ? ACTS.toggle : "Switch on";
      tool[1].disabled = !at;
      tool[2].disabled = at === state.steps.length - 1;
      tool[3].disabled = !state.undo;
      tool[4].disabled = !state.redo;
    }
    show();
  }

  function show() {
    if (!size) return;
    const { words, reason, bins, before, after, of, touched } = state.steps[at];
    const axis = { label: of, form: /** @type {const} */ ("percent"), lower: 0, upper: null };
    const chart = { kind: /** @type {const} */ ("distributions"), names: bins, reference: before, production: after, edges: null, axis, labels: /** @type {[string, string]} */ (["before", "after"]), title: "" }; // prettier-ignore
    detail.replaceChildren(
      h("div", { class: "mw-figure-title", dir: "auto" }, of ? `${of}, before and after` : words),
      h("div", { class: "mw-figure-body" }, bins.length ? distributions(chart, size, `${words}: ${touched}`) : ""),
      h("p", { class: "mw-slice-words", dir: "auto" }, reason),
      ...(context.ask ? [] : [h("p", { class: "mw-small" }, "Steps are switched and moved, and cells shown, by mw.data_quality.RecipeEditor(table) in JupyterLab.")]), // prettier-ignore
    );
    if (state.examples?.length) below.replaceChildren(examples(state.examples));
  }

  /** @param {string[][]} rows */
  function examples(rows) {
    const head = h("tr", {}, ...COLUMNS.map((name) => h("th", { scope: "col" }, name)));
    const body = rows.map((cells) => h("tr", {}, ...cells.map((text) => h("td", { dir: "auto" }, text))));
    const caption = h("caption", {}, "The first cells that it changes, from the kernel; nothing keeps them.");
    return h("table", { class: "mw-table" }, caption, h("thead", {}, head), h("tbody", {}, ...body));
  }

  /** @param {number} width */
  function draw(width) {
    const beside = width >= WIDE;
    node.classList.toggle("mw-beside", beside);
    size = beside ? Math.round(width * 0.6) - 24 : width;
    show();
  }
}
