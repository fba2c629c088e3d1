// One question with one number, locked on submit. Skipping takes one click. Needs no kernel.
import { h, listen } from "../dom.js";
import { guessOf, onGuess, setGuess } from "../guesses.js";
import { slider } from "../slider.js";
import { inWords, stepDigits } from "./guess_words.js";

/** @typedef {{ key: string, question: string, lower: number, upper: number, step: number, unit: string, form: "number" | "percent", value: number | null, state: "open" | "locked" | "skipped" | "not asked" }} State */

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} _arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function guess(state, _arrays, context) {
  const digits = stepDigits(state.step, state.form);
  const words = (/** @type {number | null} */ value) => inWords(value, state.form, state.unit, digits);
  const middle = state.lower + Math.round((state.upper - state.lower) / 2 / state.step) * state.step;
  const control = slider(
    {
      label: state.question,
      lower: state.lower,
      upper: state.upper,
      step: state.step,
      value: state.value ?? middle,
      words,
    },
    () => {},
    context.undo,
  );
  const [, input, output] = control.nodes;
  const lock = h("button", { type: "button", class: "mw-button mw-primary" }, "Lock my guess");
  const skip = h("button", { type: "button", class: "mw-button" }, "Skip");
  const said = h("p", { class: "mw-said-so", role: "status", tabindex: -1 });
  const buttons = h("div", { class: "mw-buttons" }, lock, skip);
  const ends = h("div", { class: "mw-ends" }, h("span", {}, words(state.lower)), h("span", {}, words(state.upper)));
  const asking = [h("div", { class: "mw-guess-said" }, output), input, ends];
  const node = h(
    "div",
    { class: "mw-guess" },
    h("p", { class: "mw-question", dir: "auto" }, state.question),
    ...asking,
    buttons,
    said,
  );

  // the kernel's word counts; without one, what the page already knows
  const before = guessOf(state.key);
  if (context.live || !before || state.state !== "open")
    setGuess(state.key, { state: state.state, value: state.value });
  listen(context.undo, lock, "click", () => {
    const value = Number(control.input.value);
    setGuess(state.key, { state: "locked", value });
    context.send({ kind: "guess", value });
  });
  listen(context.undo, skip, "click", () => {
    setGuess(state.key, { state: "skipped", value: null });
    context.send({ kind: "skip" });
  });
  onGuess(state.key, node, show, context.undo);
  show();
  return { node, draw: () => {} };

  function show() {
    const now = guessOf(state.key) ?? { state: "open", value: null };
    const open = now.state === "open";
    if (now.value !== null) control.input.value = String(now.value);
    control.show();
    control.input.disabled = !open;
    node.classList.toggle("mw-locked", !open);
    const focused = buttons.contains(document.activeElement);
    buttons.hidden = !open;
    said.hidden = open;
    for (const part of asking) part.hidden = now.state === "not asked"; // a slider that nothing can move
    said.textContent = saidSo(now.state, words(now.value ?? state.lower));
    if (focused && !open) said.focus(); // the button that had the focus is gone
  }
}

/** @param {State["state"]} state @param {string} value */
function saidSo(state, value) {
  if (state === "locked") return `✓ Your guess is locked: ${value}. Read on to see what it was.`;
  if (state === "skipped") return "You skipped this guess. Read on.";
  return "This page was made without asking anybody. Read on to see what it was.";
}
