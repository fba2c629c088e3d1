// One chart of a card: its title, its picture redrawn at each width, and its slider where it has one.
import { bars } from "./charts/bars.js";
import { beforeafter } from "./charts/beforeafter.js";
import { distributions } from "./charts/distributions.js";
import { dots } from "./charts/dots.js";
import { heatmap } from "./charts/heatmap.js";
import { line } from "./charts/line.js";
import { ranked } from "./charts/ranked.js";
import { slope } from "./charts/slope.js";
import { swarm } from "./charts/swarm.js";
import { waterfall } from "./charts/waterfall.js";
import { h } from "./dom.js";

/** @type {Record<string, (chart: any, width: number, finding: string) => Element>} */
const DRAW = { bars, beforeafter, distributions, dots, heatmap, line, slope, swarm, waterfall };

/**
 * @param {import("./types").Chart} chart
 * @param {import("./types").Context} context
 * @returns {import("./types").Part}
 */
export function figure(chart, context) {
  const finding = [chart.title, context.headline].filter(Boolean).join(". ");
  const node = h("figure", { class: `mw-figure mw-kind-${chart.kind}` });
  if (chart.title) node.append(h("figcaption", { class: "mw-figure-title", dir: "auto" }, chart.title));
  const body = node.appendChild(h("div", { class: "mw-figure-body" }));
  if (chart.kind === "ranked") return { node, draw: ranked(chart, body, finding, context.undo) };
  const draw = Object.hasOwn(DRAW, chart.kind) ? DRAW[chart.kind] : null;
  if (!draw) throw new Error(`Unknown chart kind: ${chart.kind}`);
  return { node, draw: (width) => body.replaceChildren(draw(chart, width, finding)) };
}
