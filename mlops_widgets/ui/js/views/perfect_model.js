// Choose a model by its test score alone, ship it, and only then open its explanation.
import { h, isolate, listen } from "../dom.js";
import { sideBySide } from "../side_by_side.js";

/** @typedef {{ name: string, test: string, production: string, share: string, top: string, why: string, slope: any, bars: any }} Model */
/** @typedef {{ models: Model[], winner: number, metric: string }} State */

const WIDE = 640;
const STEPS = ["Ship it", "Open its explanation", "Choose again by the test alone"];

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} _arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function perfectModel({ models, winner, metric }, _arrays, context) {
  let at = winner;
  let step = 2; // the first frame shows all: many readers only scroll
  let size = 0;
  const name = `mw-choice-${Math.random()}`;
  const choices = models.map((model, index) => {
    const input = h("input", { type: "radio", class: "mw-radio", name, checked: index === at });
    listen(context.undo, input, "change", () => go(index, step));
    const line = h("span", { class: "mw-choice-line" }, `${metric} ${model.test} in the test`);
    return h("label", { class: "mw-choice" }, input, h("span", {}, h("b", {}, model.name), line));
  });
  const button = h("button", { type: "button", class: "mw-button mw-primary" }, STEPS[step]);
  listen(context.undo, button, "click", () => go(at, (step + 1) % 3));
  const pictures = h("div", { class: "mw-two" });
  const group = { class: "mw-choices", role: "radiogroup", "aria-label": "Which model do you ship?" };
  const node = h("div", { class: "mw-two" }, h("div", group, ...choices), h("div", {}, button), pictures);
  return { node, draw: (width) => ((size = width), show()) };

  /** @param {number} index @param {number} next */
  function go(index, next) {
    [at, step] = [index, next];
    button.textContent = STEPS[step];
    context.say(at === winner && step === 2 ? null : words());
    show();
  }

  function words() {
    const { name: model, test, production, top, share, why } = models[at];
    if (!step) return { headline: "Which model do you ship? All you know is its score in the test.", summary: "" };
    return {
      headline: `You shipped ${model}: ${test} in the test, ${production} in production (${metric}).`,
      summary:
        step === 1
          ? "What would its explanation have told you before?"
          : `Its first column, ${isolate(top)}, has ${share} of all contributions.${why}`,
    };
  }

  function show() {
    const { slope, bars } = models[at];
    node.classList.toggle("mw-wide", size >= WIDE);
    sideBySide(pictures, [slope, bars].slice(0, step), { ...context, headline: words().headline })(size);
  }
}
