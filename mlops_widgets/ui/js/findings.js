// Findings as words: one in a list, and the folded rest.
import { emphasised, h } from "./dom.js";
import { chip, STATUS } from "./status.js";

/** @typedef {import("./types").Finding} Finding */

/** @param {Finding} finding @param {"li" | "article"} tag */
export function findingBlock(finding, tag) {
  const node = h(tag, { class: "mw-finding", "data-mw-status": finding.status });
  node.append(
    h("div", { class: "mw-finding-head" }, chip(finding.status), h("code", { class: "mw-code" }, finding.code)),
  );
  node.append(h("p", { class: "mw-claim", dir: "auto" }, ...emphasised(finding.claim)));
  if (finding.action) node.append(h("p", { class: "mw-then", dir: "auto" }, "→ ", finding.action));
  return node;
}

/** How many of each status, worst first: "1 failed, 2 passed". @param {Finding[]} findings */
function tally(findings) {
  const words = Object.entries(STATUS).map(([status, { shape, word }]) => {
    const count = findings.filter((each) => each.status === status).length;
    return count ? `${shape} ${count} ${word}` : "";
  });
  return words.filter(Boolean).join("  ");
}

/** @param {Finding[]} findings @param {string} words */
export function foldedFindings(findings, words) {
  const list = h("ul", { class: "mw-findings" }, ...findings.map((each) => findingBlock(each, "li")));
  return h(
    "details",
    { class: "mw-fold" },
    h("summary", {}, words, h("span", { class: "mw-tally" }, tally(findings))),
    list,
  );
}
