// Charts in the order of their list, two beside each other where there is room.
import { figure } from "./figure.js";

const WIDE = 720;
const GAP = 28;

/**
 * @param {HTMLElement} place a grid of class mw-two
 * @param {import("./types").Chart[]} charts
 * @param {import("./types").Context} context
 * @returns {(width: number) => void} draws them
 */
export function sideBySide(place, charts, context) {
  const parts = charts.map((chart) => figure(chart, context));
  place.replaceChildren(...parts.map((part) => part.node));
  return (width) => layOut(place, parts, width);
}

/**
 * Draw parts two beside each other where there is room; the last of an odd number has the whole width.
 * @param {HTMLElement} place a grid of class mw-two that holds them
 * @param {import("./types").Part[]} parts
 * @param {number} width
 */
export function layOut(place, parts, width) {
  const beside = width >= WIDE && parts.length > 1;
  place.classList.toggle("mw-beside", beside);
  parts.forEach((part, index) => {
    const paired = beside && index + 1 < parts.length + (index % 2);
    part.node.style.gridColumn = paired || !beside ? "" : "1 / -1";
    part.draw(paired ? Math.floor((width - GAP) / 2) : width);
  });
}
