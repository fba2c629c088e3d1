// What is asked before a model file is opened that could run code.
import { h, listen } from "../dom.js";

/** @typedef {{ kind: "types" | "pickle", words: string, types: string[], digest: string, trusted: string[] }} Question */

/** @param {Question} question @param {string} slot @param {import("./loader_field.js").Tools} tools */
export function questionPart(question, slot, { tell, undo }) {
  const asked =
    question.kind === "types"
      ? question.types.map((name) => ({
          value: name,
          words: [h("code", { class: "mw-code" }, name), " is mine, or I know it and trust it"],
        }))
      : [
          {
            value: `sha256:${question.digest}`,
            words: ["I made this file myself, or I trust who made it and the way it came"],
          },
        ];
  /** @type {HTMLInputElement[]} */
  const boxes = [];
  const lines = asked.map(({ value, words }, index) => {
    const box = h("input", {
      type: "checkbox",
      class: "mw-check",
      checked: question.trusted.includes(value),
      value,
      "data-mw-key": `trust-${index}`,
    });
    boxes.push(box);
    listen(undo, box, "change", () =>
      tell("trust", { slot, trusted: boxes.filter((each) => each.checked).map((each) => each.value) }),
    );
    return h("li", {}, h("label", { class: "mw-tick" }, box, h("span", {}, ...words)));
  });
  const ready = asked.every(({ value }) => question.trusted.includes(value));
  const open = h(
    "button",
    {
      type: "button",
      class: "mw-button",
      "data-mw-key": "trust-open",
      "data-mw-else": `path-${slot}`,
      disabled: !ready,
    },
    "Open this file",
  );
  listen(undo, open, "click", () => tell("open", { slot }));
  return h(
    "div",
    { class: "mw-question-box", role: "group", "aria-label": "Is this file to be trusted?" },
    h(
      "p",
      { class: "mw-trust-head" },
      h(
        "b",
        {},
        question.kind === "types"
          ? "▲ This file holds types that nobody has reviewed"
          : "▲ Opening this file runs what its author wrote",
      ),
    ),
    h("p", { class: "mw-then", dir: "auto" }, question.words),
    ...(question.digest
      ? [h("p", { class: "mw-small" }, "sha256 ", h("code", { class: "mw-code" }, question.digest))]
      : []),
    h("ul", { class: "mw-ticks" }, ...lines),
    h("div", { class: "mw-buttons" }, open, h("span", { class: "mw-hint" }, "Held for this load alone; never saved.")),
  );
}
