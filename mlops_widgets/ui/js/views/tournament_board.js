// The leaderboard beside the tournament; its rows glide to their new places so that a model can be followed.
import { h } from "../dom.js";
import { write } from "../numbers.js";

/** @typedef {import("../arithmetic.js").Entry} Entry */

const GLIDE_MILLISECONDS = 180;

/**
 * @param {import("./tournament_words.js").State} state
 * @param {number} digits
 */
export function board(state, digits) {
  const body = h("tbody");
  const foot = h("tfoot");
  const heads = [["#", "rank on the test rows"], ["model", ""], ["test", "score on the test rows"], [state.where.replace(/^in /, ""), ""], ["true rank", "rank by the later score"]]; // prettier-ignore
  const head = h("tr", {}, ...heads.map(([text, title]) => h("th", { scope: "col", title: title || null }, text)));
  const table = h("table", { class: "mw-table mw-board" }, h("thead", {}, head), body, foot);
  const node = h("div", { class: "mw-leaders" }, h("div", { class: "mw-figure-title" }, "Leaderboard"), table);
  return { node, show };

  /** @param {Entry[]} entries @param {{ plain: number[] }} found */
  function show(entries, { plain }) {
    const before = new Map(
      [...body.children].map((row) => [row.getAttribute("data-mw-model"), row.getBoundingClientRect().top]),
    );
    const rows = entries.map((entry, index) => row(entry, index));
    body.replaceChildren(...rows);
    foot.replaceChildren(
      ...(state.plain_name && Number.isFinite(plain[1]) ? [reference(state.plain_name, plain)] : []),
    );
    glide(rows, before);
  }

  /** @param {Entry} entry @param {number} index */
  function row(entry, index) {
    const cells = [
      String(index + 1),
      state.names[entry.index],
      write(entry.offline, "number", digits),
      write(entry.later, "number", digits),
      `${entry.rank}`,
    ];
    return h("tr", { "data-mw-model": entry.index, class: index === 0 ? "mw-first" : null }, ...cells.map(cell));
  }

  /** @param {string} name @param {number[]} plain */
  function reference(name, plain) {
    return h(
      "tr",
      {},
      ...["–", name, write(plain[0], "number", digits), write(plain[1], "number", digits), "–"].map(cell),
    );
  }
}

/** @param {string} text @param {number} column */
function cell(text, column) {
  return column === 1
    ? h("td", {}, h("div", { class: "mw-name-cell", title: text, dir: "auto" }, text))
    : h("td", {}, text);
}

/** @param {HTMLElement[]} rows @param {Map<string | null, number>} before */
function glide(rows, before) {
  if (!rows[0]?.isConnected || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const row of rows) {
    const was = before.get(row.getAttribute("data-mw-model"));
    const moved = was === undefined ? 0 : was - row.getBoundingClientRect().top;
    if (moved)
      row.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], {
        duration: GLIDE_MILLISECONDS,
        easing: "ease-out",
      });
  }
}
