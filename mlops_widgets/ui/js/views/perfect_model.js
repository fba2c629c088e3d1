// Choose a model by its test score alone, ship it, and only then open its explanation.
import { h, isolate, listen } from "../dom.js";
import { figure } from "../figure.js";
import { write } from "../numbers.js";

/** @typedef {{ label: string, value: number, lower: number, upper: number }} Share */
/** @typedef {{ name: string, columns: string[], test: number, production: number, test_words: string, production_words: string, shares: Share[], shares_words: string }} Model */
/** @typedef {{ models: Model[], winner: number, metric: string, best: number, written: Record<string, string> }} State */

const WIDE = 640;
const STEPS = ["Ship it", "Open its explanation", "Choose again by the test alone"];

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} _arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function perfectModel(state, _arrays, context) {
  const { models } = state;
  let at = state.winner;
  let step = 2; // the first frame shows all: many readers only scroll
  let size = 0;
  const name = `mw-choice-${Math.random()}`;
  const choices = models.map((model, index) => {
    const input = h("input", { type: "radio", class: "mw-radio", name, value: index, checked: index === at });
    listen(context.undo, input, "change", () => go(index, step));
    const line = h("span", { class: "mw-choice-line" }, `${state.metric} ${model.test_words} in the test`);
    return h("label", { class: "mw-choice" }, input, h("span", {}, h("b", {}, model.name), line));
  });
  const button = h("button", { type: "button", class: "mw-button mw-primary" });
  listen(context.undo, button, "click", () => go(at, (step + 1) % 3));
  const pictures = h("div", { class: "mw-figures" });
  const node = h(
    "div",
    {},
    h("div", { class: "mw-choices", role: "radiogroup", "aria-label": "Which model do you ship?" }, ...choices),
    h("div", { class: "mw-buttons" }, button),
    pictures,
  );
  button.textContent = STEPS[step];
  return { node, draw: (width) => ((size = width), show()) };

  /** @param {number} index @param {number} next */
  function go(index, next) {
    [at, step] = [index, next];
    button.textContent = STEPS[step];
    context.say(at === state.winner && step === 2 ? null : words());
    show();
  }

  function words() {
    const model = models[at];
    if (step === 0)
      return {
        headline: "Which model do you ship? All you know is its score in the test.",
        summary: `${model.name} scores ${model.test_words} there.`,
      };
    const headline = `You shipped ${model.name}: ${model.test_words} in the test, ${model.production_words} in production (${state.metric}).`;
    const top = model.shares[0];
    const why = state.written[top.label] ? ` It is ${state.written[top.label]}.` : "";
    const summary =
      step === 1
        ? "What would its explanation have told you before?"
        : `Its first column, ${isolate(top.label)}, has ${model.shares_words} of all contributions.${why}`;
    return { headline, summary };
  }

  function show() {
    if (!size) return;
    const beside = size >= WIDE;
    const charts = step === 0 ? [tested()] : step === 1 ? [shipped()] : [shipped(), opened()];
    const columns = beside && charts.length > 1 ? 2 : 1;
    pictures.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    const parts = charts.map((chart) => figure(chart, { ...context, headline: words().headline }));
    pictures.replaceChildren(...parts.map((part) => part.node));
    for (const part of parts) part.draw(Math.floor((size - 28 * (columns - 1)) / columns));
  }

  /** @returns {import("../types").Role} */
  function role() {
    return models[at].columns.length ? "bad" : "good";
  }

  function axis(label = state.metric, form = /** @type {import("../types").Form} */ ("number"), lower = null) {
    return { label, form, lower, upper: null };
  }

  /** @returns {import("../types").Chart} */
  function tested() {
    const rows = models.map((model, index) => ({
      label: model.name, value: model.test, lower: null, upper: null, n: null, note: "",
      role: /** @type {import("../types").Role} */ (index === at ? "accent" : "muted"),
    })); // prettier-ignore
    return { kind: "bars", rows, axis: axis(), marks: [], title: "In the test" };
  }

  /** @returns {import("../types").Chart} */
  function shipped() {
    const rows = models.map((model, index) => ({
      label: model.name, left: model.test, right: model.production, emphasised: index === at,
      role: index === at ? role() : /** @type {import("../types").Role} */ ("muted"),
    })); // prettier-ignore
    const mark = { value: state.best, label: `best possible ${write(state.best, "number", 2)}`, role: /** @type {import("../types").Role} */ ("truth") }; // prettier-ignore
    return { kind: "slope", left: "test", right: "production", rows, axis: axis(), marks: [mark], title: "Shipped" };
  }

  /** @returns {import("../types").Chart} */
  function opened() {
    const { shares, columns } = models[at];
    const rows = shares.map((share) => ({
      ...share, n: null, note: "",
      role: /** @type {import("../types").Role} */ (columns.includes(share.label) ? "bad" : "reference"),
    })); // prettier-ignore
    return { kind: "bars", rows, axis: axis("share of all contributions (mean |SHAP|)", "percent"), marks: [], title: "What it leans on" }; // prettier-ignore
  }
}
