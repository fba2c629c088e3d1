// A card may wait for a guess: until it is locked or skipped, a veil stands in its place.
import { h, listen } from "./dom.js";
import { guessOf, onGuess } from "./guesses.js";

/**
 * @param {HTMLElement} card
 * @param {string} key
 * @param {(() => void)[]} undo
 * @returns {HTMLElement}
 */
export function veiled(card, key, undo) {
  const button = h("button", { type: "button", class: "mw-button" }, "Show anyway");
  const veil = h(
    "div",
    { class: "mw-veil" },
    h("p", { class: "mw-veil-words" }, "Make your guess first"),
    h("p", { class: "mw-summary" }, "What follows answers the question above."),
    button,
  );
  const node = h("div", { class: "mw-under-veil" }, veil, card);
  let lifted = false;
  const show = () => {
    const closed = !lifted && guessOf(key)?.state === "open";
    veil.hidden = !closed;
    card.hidden = closed;
  };
  listen(undo, button, "click", () => {
    lifted = true;
    show();
  });
  onGuess(key, node, show, undo);
  show();
  return node;
}
