// WIP
import { h } from "../dom.js";
/** @param {any} _state @param {any} _arrays @param {any} _context @returns {import("../types").Part} */
export function whatIf(_state, _arrays, _context) {
  return { node: h("div"), draw: () => {} };
}
