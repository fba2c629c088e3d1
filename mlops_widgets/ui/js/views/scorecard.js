// Every finding of a study: three lead, the rest fold, chips filter by status.
import { h, listen } from "../dom.js";
import { findingBlock } from "../findings.js";
import { chip, STATUS } from "../status.js";

/** @typedef {import("../types").Finding} Finding */
/** @typedef {{ findings: Finding[], lead: number, counts: Record<string, number>, note: string }} State */

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} _arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function scorecard(state, _arrays, context) {
  const filters = h("div", { class: "mw-filters", role: "group", "aria-label": "Show by status" });
  const leading = h("div", { class: "mw-leading" });
  const rest = h("ul", { class: "mw-findings" });
  const words = h("summary");
  const fold = h("details", { class: "mw-fold" }, words, rest);
  const node = h("div", { class: "mw-scorecard" }, filters, leading, fold);
  if (state.note) node.append(h("p", { class: "mw-small", dir: "auto" }, state.note));
  /** @type {string | null} */
  let only = null;

  for (const status of /** @type {import("../types").Status[]} */ (Object.keys(STATUS))) {
    if (!state.counts[status]) continue;
    const button = h(
      "button",
      { type: "button", class: "mw-filter", "aria-pressed": "false", "data-mw-status": status },
      `${state.counts[status]} `,
      chip(status),
    );
    listen(context.undo, button, "click", () => {
      only = only === status ? null : status;
      show();
    });
    filters.append(button);
  }
  show();
  return { node, draw: (width) => node.classList.toggle("mw-beside", width >= 720) };

  function show() {
    for (const button of filters.children)
      button.setAttribute("aria-pressed", String(button.getAttribute("data-mw-status") === only));
    const shown = state.findings.filter((each) => only === null || each.status === only);
    const lead = shown.slice(0, state.lead);
    const others = shown.slice(state.lead);
    leading.replaceChildren(...lead.map((each) => findingBlock(each, "article")));
    rest.replaceChildren(...others.map((each) => findingBlock(each, "li")));
    words.textContent = `${others.length} other finding${others.length === 1 ? "" : "s"}`;
    fold.hidden = !others.length;
  }
}
