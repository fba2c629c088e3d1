// A status is shape + word + colour, so that none of them is the only signal.
import { h } from "./dom.js";

/** @typedef {import("./types").Status} Status */

/** @type {Record<Status, { shape: string, word: string, role: string }>} */
export const STATUS = {
  failed: { shape: "■", word: "failed", role: "bad" },
  warning: { shape: "▲", word: "warning", role: "warning" },
  not_enough_data: { shape: "◇", word: "not enough data", role: "muted" },
  passed: { shape: "●", word: "passed", role: "good" },
  not_applicable: { shape: "–", word: "not applicable", role: "muted" },
  not_run: { shape: "–", word: "not run", role: "muted" },
};

/** @param {Status} status */
export function chip(status) {
  const { shape, word, role } = STATUS[status] ?? STATUS.not_run;
  return h("span", { class: `mw-chip mw-role-${role}` }, h("span", { "aria-hidden": "true" }, shape), ` ${word}`);
}
