// A slider with its value in words.
import { h, listen } from "./dom.js";

/**
 * @param {{ label: string, lower: number, upper: number, step: number | "any", value: number, words: (value: number) => string }} options
 * @param {(value: number) => void} changed called at each move
 * @param {(() => void)[]} undo
 */
export function slider({ label, lower, upper, step, value, words }, changed, undo) {
  const input = h("input", {
    type: "range",
    class: "mw-range",
    min: lower,
    max: upper,
    step,
    value,
    "aria-label": label,
  });
  const output = h("output", { class: "mw-said" });
  const name = h("span", { class: "mw-label", dir: "auto" }, label);
  const show = () => {
    const share = (Number(input.value) - lower) / (upper - lower || 1);
    input.style.setProperty("--mw-share", `${100 * share}%`);
    input.setAttribute("aria-valuetext", words(Number(input.value)));
    output.textContent = words(Number(input.value));
  };
  listen(undo, input, "input", () => {
    show();
    changed(Number(input.value));
  });
  show();
  return { nodes: [name, input, output], input, show };
}
