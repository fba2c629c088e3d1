// A card from top to bottom: headline, figure, controls, what to do, small print.
import { article } from "./article.js";
import { emphasised, h } from "./dom.js";
import { emptyFigure } from "./empty.js";
import { figure } from "./figure.js";
import { foldedFindings } from "./findings.js";
import { layOut } from "./side_by_side.js";
import { snippet } from "./snippet.js";
import { chip } from "./status.js";
import { foldedTable } from "./table.js";
import { veiled } from "./veil.js";
import { decision } from "./views/decision.js";
import { abPlanner } from "./views/ab_planner.js";
import { approvalGate } from "./views/approval_gate.js";
import { choice } from "./views/choice.js";
import { contract } from "./views/contract.js";
import { dashboard } from "./views/dashboard.js";
import { desk } from "./views/desk.js";
import { explanation } from "./views/explanation.js";
import { frontier } from "./views/frontier.js";
import { guess } from "./views/guess.js";
import { guessTruth } from "./views/guess_truth.js";
import { labeller } from "./views/labeller.js";
import { loader } from "./views/loader.js";
import { mix } from "./views/mix.js";
import { peeking } from "./views/peeking.js";
import { perfectModel } from "./views/perfect_model.js";
import { recipe } from "./views/recipe.js";
import { profile } from "./views/profile.js";
import { retraining } from "./views/retraining.js";
import { retirement } from "./views/retirement.js";
import { scorecard } from "./views/scorecard.js";
import { slices } from "./views/slices.js";
import { stress } from "./views/stress.js";
import { tournament } from "./views/tournament.js";
import { whatIf } from "./views/what_if.js";

/** @typedef {import("./types").Card} Card */
/** @typedef {import("./types").Context} Context */
/** @typedef {import("./types").Part} Part */

/** @type {Record<string, (state: any, arrays: Record<string, import("./types").Floats>, context: Context) => Part>} */
const VIEWS = {
  mix,
  ab_planner: abPlanner,
  approval_gate: approvalGate,
  peeking,
  choice,
  contract,
  perfect_model: perfectModel,
  dashboard,
  decision,
  desk,
  explanation,
  frontier,
  what_if: whatIf,
  tournament,
  guess,
  guess_truth: guessTruth,
  profile,
  labeller,
  loader,
  recipe,
  retraining,
  retirement,
  scorecard,
  slices,
  stress,
};
const SLIM = 480;

/**
 * @param {Card} card
 * @param {Pick<Context, "send" | "ask" | "live" | "undo" | "transfer">} host
 * @returns {Part & { slot: HTMLElement }} `slot` is where a live widget's controls go
 */
export function cardPart(card, host) {
  const top = head(card);
  const say = (/** @type {{ headline: string, summary: string } | null} */ words) => top.show(words);
  const parts = figures(card, { ...host, say, headline: card.headline });
  const own = parts.find((part) => part.slot)?.slot;
  const slot = own ?? h("div", { class: "mw-slot" });
  const frame = h("div", { class: "mw-two" }, ...parts.map((part) => part.node));
  const listed = card.findings.length && card.view?.name !== "scorecard"; // that view shows them all
  const others = listed
    ? [foldedFindings(card.findings, `${card.findings.length} other finding${card.findings.length === 1 ? "" : "s"}`)]
    : [];
  const table = card.table
    ? foldedTable(card.table, !card.charts.length && !card.view && card.table.rows.length <= 12)
    : null;
  const node = h(
    "div",
    { class: "mw-card" },
    top.node,
    frame,
    ...(own ? [] : [slot]),
    ...(card.document ? [article(card.document)] : []),
    ...actions(card, host.undo),
    ...others,
    ...(table ? [table.node] : []),
    ...smallPrint(card),
  );
  const key = card.veil || (card.view?.name === "guess_truth" ? card.view.state.key : "");
  return { node: key ? veiled(node, key, host.undo) : node, slot, draw };

  /** @param {number} width */
  function draw(width) {
    node.classList.toggle("mw-slim", width < SLIM);
    layOut(frame, parts, width);
    table?.draw(width);
  }
}

/** Headline, status and summary; a view may say them anew. @param {Card} card */
function head(card) {
  const headline = h("p", { class: "mw-head", dir: "auto" });
  const line = h("p", { class: "mw-sub" });
  const node = h("header", { class: `mw-header mw-says-${card.status}` }, headline, line);
  show(null);
  return { node, show };

  /** The chip belongs to what Python found, so it goes while the words are about something else. */
  /** @param {{ headline: string, summary: string } | null} words */
  function show(words) {
    headline.replaceChildren(...emphasised(words?.headline ?? card.headline));
    const summary = words?.summary ?? card.summary;
    const status = card.status && (!words || card.view?.name === "guess_truth") ? [chip(card.status)] : [];
    line.replaceChildren(...status, ...(summary ? [h("span", { class: "mw-summary", dir: "auto" }, summary)] : []));
    line.hidden = !line.childNodes.length;
  }
}

/** @param {Card} card @param {Context} context @returns {Part[]} */
function figures(card, context) {
  if (card.view) {
    const view = Object.hasOwn(VIEWS, card.view.name) ? VIEWS[card.view.name] : null;
    if (!view) throw new Error(`Unknown view: ${card.view.name}`);
    return [view(card.view.state, card.view.arrays, context)];
  }
  const drawn = card.charts.map((chart) => figure(chart, context));
  return card.empty ? [...drawn, emptyFigure(card.empty)] : drawn;
}

/** @param {Card} card @param {(() => void)[]} undo */
function actions(card, undo) {
  if (!card.action && !card.code) return [];
  const node = h("div", { class: "mw-do" });
  if (card.action)
    node.append(h("p", { class: "mw-action", dir: "auto" }, h("b", {}, "Do this on Monday: "), card.action));
  if (card.code) node.append(snippet(card.code, undo));
  return [node];
}

/** @param {Card} card */
function smallPrint(card) {
  const words = [card.small, card.reference].filter(Boolean).join(" · ");
  return words ? [h("p", { class: "mw-small", dir: "auto" }, words)] : [];
}
