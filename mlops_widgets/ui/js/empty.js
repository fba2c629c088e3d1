// Nothing to draw: the shape of a figure in grey, and what to tell.
import { h, s } from "./dom.js";

/** @param {string} sentence @returns {import("./types").Part} */
export function emptyFigure(sentence) {
  const shape = h("div", { class: "mw-empty-shape", "aria-hidden": "true" });
  const node = h("div", { class: "mw-empty" }, shape, h("p", { class: "mw-empty-words", dir: "auto" }, sentence));
  return { node, draw: (width) => shape.replaceChildren(outline(width)) };
}

/** @param {number} width */
function outline(width) {
  const height = Math.round(Math.min(190, Math.max(120, width * 0.26)));
  const svg = s("svg", {
    class: "mw-svg",
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    style: `height:${height}px`,
  });
  for (let y = 12; y < height - 20; y += (height - 32) / 4)
    svg.append(s("line", { class: "mw-grid", x1: 30, x2: width - 10, y1: y, y2: y }));
  const at = (/** @type {number} */ share, /** @type {number} */ level) =>
    `${(34 + share * (width - 50)).toFixed(0)} ${(height - 24 - level * (height - 44)).toFixed(0)}`;
  const points = [0.62, 0.66, 0.58, 0.7, 0.63, 0.55, 0.6, 0.42, 0.36, 0.4, 0.3].map((level, index) =>
    at(index / 10, level),
  );
  svg.append(
    s("path", { class: "mw-empty-line", d: `M${points.join("L")}` }),
    s("line", { class: "mw-base", x1: 30, x2: width - 10, y1: height - 18, y2: height - 18 }),
  );
  return svg;
}
