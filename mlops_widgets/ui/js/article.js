// A document: headings, paragraphs, lists, tables, and statements with who made them.
import { h } from "./dom.js";

/** @typedef {import("./types").Document} Document */
/** @typedef {import("./types").Block} Block */

const LONGEST_WHOLE = 12;
const AUTO = { dir: "auto" };

/** @param {Document} document */
export function article(document) {
  const node = h("article", { class: "mw-article", lang: document.language }, h("h3", AUTO, document.title));
  if (document.lead) node.append(h("p", { class: "mw-lead", ...AUTO }, document.lead));
  for (const { title, blocks } of document.sections) {
    node.append(h("section", {}, ...(title ? [h("h4", AUTO, title)] : []), ...blocks.map(part)));
  }
  if (document.small) node.append(h("p", { class: "mw-small", ...AUTO }, document.small));
  return node;
}

/** @param {Block} block */
function part(block) {
  if (block.kind === "points") {
    return h(block.numbered ? "ol" : "ul", {}, ...block.items.map((item) => h("li", AUTO, item)));
  }
  if (block.kind === "grid") return table(block.columns, block.rows, block.caption);
  if (block.kind === "statement") {
    const origin = h("span", { class: `mw-origin mw-said-${block.source}` }, said(block));
    return h("dl", {}, h("dt", AUTO, block.label), h("dd", AUTO, block.value, " ", origin));
  }
  if (block.tone === "plain") return h("p", AUTO, block.text);
  return h("p", { class: "mw-warns", role: "note", ...AUTO }, h("b", {}, "▲ Warning. "), block.text);
}

/** Who says so, in the words of `Statement.origin`. @param {Pick<Extract<Block, { kind: "statement" }>, "source" | "author" | "date">} block */
export function said({ source, author, date }) {
  if (source === "computed") return "(computed)";
  if (source === "missing") return "(nobody has said this yet)";
  return `(said by ${author || "someone who left no name"}${date ? ` on ${date}` : ""})`;
}

/** The class of a cell whose words are so short that none has to break: its column keeps room for them. @param {string} text */
const isShort = (text) => (text.split(" ").every((word) => word.length <= LONGEST_WHOLE) ? "mw-whole" : null);

/** @param {string[]} columns @param {string[][]} rows @param {string} caption */
function table(columns, rows, caption) {
  const cells = (/** @type {"td" | "th"} */ tag, /** @type {string[]} */ row) =>
    h(
      "tr",
      {},
      ...row.map((text) => h(tag, { scope: tag === "th" ? "col" : null, class: isShort(text), ...AUTO }, text)),
    );
  const node = h("table", { class: "mw-table" }, ...(caption ? [h("caption", AUTO, caption)] : []));
  node.append(h("thead", {}, cells("th", columns)), h("tbody", {}, ...rows.map((row) => cells("td", row))));
  return h("div", { class: "mw-scroll", tabindex: 0 }, node);
}
