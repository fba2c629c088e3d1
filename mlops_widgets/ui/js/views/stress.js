// The fault bench: a grid of columns and faults; a cell chosen by click or arrow keys says what it does and what would stop it.
import { clip, h, listen } from "../dom.js";

/** @typedef {"raises" | "abstains" | "changes" | "unchanged" | "not_run"} Outcome */
/** @typedef {{ fault: number, place: number, outcome: Outcome, status: string, says: string }} Cell */
/** @typedef {{ short: string, label: string, guard: string }} Fault */
/** @typedef {{ faults: Fault[], places: string[], cells: Cell[], start: number }} State */

const CELL = 28;
const NAMES = 170;

/** Outcome and verdict as shape, word and colour. @param {Cell} cell */
export function look(cell) {
  if (cell.outcome === "raises") return { shape: "✕", word: "refused with an error", role: "good" };
  if (cell.outcome === "unchanged") return { shape: "=", word: "answers unchanged", role: "muted" };
  if (cell.outcome === "not_run") return { shape: "–", word: "not run", role: "muted" };
  if (cell.status === "failed") return { shape: "■", word: "silent, beyond the margin", role: "bad" };
  if (cell.status === "not_enough_data") return { shape: "◇", word: "silent, cost not settled", role: "warning" };
  if (cell.outcome === "abstains") return { shape: "○", word: "left without an answer", role: "good" };
  return { shape: "●", word: "silent, within the margin", role: "reference" };
}

/** Where an arrow key leads: the next place that has a cell, in that direction. */
/** @param {(Cell | undefined)[][]} grid @param {number} row @param {number} column @param {string} key */
export function step(grid, row, column, key) {
  const [down, right] = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[key] ?? [0, 0];
  if (!down && !right) return null;
  for (let r = row + down, c = column + right; grid[r] && c >= 0 && c < grid[r].length; r += down, c += right)
    if (grid[r][c]) return { row: r, column: c };
  return null;
}

/** Cells by place and fault. @param {State} state @returns {(Cell | undefined)[][]} */
export function gridOf(state) {
  const grid = state.places.map(() => /** @type {(Cell | undefined)[]} */ (state.faults.map(() => undefined)));
  for (const cell of state.cells) grid[cell.place][cell.fault] = cell;
  return grid;
}

/**
 * The faults of each table: all in one where there is room, else as many as fit beside the names, evenly.
 * @param {number} count
 * @param {number} width
 * @returns {[number, number][]} first fault and one past the last
 */
export function pages(count, width) {
  const fit = Math.max(4, Math.floor((width - Math.min(NAMES, width * 0.36)) / CELL));
  const parts = Math.max(1, Math.ceil(count / fit));
  const each = Math.ceil(count / parts);
  return Array.from({ length: parts }, (_, part) => [part * each, Math.min(count, (part + 1) * each)]);
}

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} _arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function stress(state, _arrays, context) {
  const grid = gridOf(state);
  /** @type {(HTMLButtonElement | undefined)[][]} */
  const buttons = grid.map((row) => row.map(() => undefined));
  const says = h("div", { class: "mw-fault-says", role: "status", "aria-live": "polite" });
  grid.forEach((row, place) => row.forEach((_, fault) => box(place, fault)));
  const frame = h("div", { class: "mw-faults-frame" });
  const node = h("div", {}, key(state.cells), frame, says);
  let drawn = "";
  const first = state.cells[state.start];
  if (first) choose(first.place, first.fault, false);
  return { node, draw };

  /** @param {number} width */
  function draw(width) {
    const parts = pages(state.faults.length, width);
    const look = `${parts} ${nameWidth(width)}`;
    if (look === drawn) return; // the buttons would lose the focus
    drawn = look;
    frame.replaceChildren(...parts.map(([from, to]) => table(from, to, nameWidth(width))));
  }

  /** Rows of places where any of these faults can be. @param {number} from @param {number} to @param {number} room */
  function table(from, to, room) {
    const faults = state.faults.slice(from, to);
    const head = h("tr", {}, h("td", {}), ...faults.map((fault) => name(fault, fault.short, "col", 110)));
    const body = state.places.flatMap((place, row) => {
      const cells = buttons[row].slice(from, to);
      if (!cells.some(Boolean)) return [];
      return [
        h("tr", {}, name(null, place, "row", room), ...cells.map((button) => h("td", {}, ...(button ? [button] : [])))),
      ];
    });
    return h("table", { class: "mw-faults" }, h("thead", {}, head), h("tbody", {}, ...body));
  }

  /** @param {number} row @param {number} column */
  function box(row, column) {
    const cell = grid[row][column];
    if (!cell) return;
    const { shape, word, role } = look(cell);
    const label = `${state.places[row]}, ${state.faults[column].label}: ${word}`;
    const button = h(
      "button",
      {
        type: "button",
        class: `mw-fault mw-role-${role}`,
        "aria-label": label,
        "aria-pressed": "false",
        tabindex: "-1",
      },
      shape,
    );
    listen(context.undo, button, "click", () => choose(row, column, true));
    listen(context.undo, button, "keydown", (event) => {
      const next = step(grid, row, column, /** @type {KeyboardEvent} */ (event).key);
      if (!next) return;
      event.preventDefault();
      choose(next.row, next.column, true);
    });
    buttons[row][column] = /** @type {HTMLButtonElement} */ (button);
  }

  /** @param {number} row @param {number} column @param {boolean} focus */
  function choose(row, column, focus) {
    const cell = grid[row][column];
    if (!cell) return;
    for (const button of buttons.flat()) {
      button?.setAttribute("aria-pressed", "false");
      button?.setAttribute("tabindex", "-1");
    }
    const chosen = buttons[row][column];
    chosen?.setAttribute("aria-pressed", "true");
    chosen?.setAttribute("tabindex", "0");
    if (focus) chosen?.focus();
    const { shape, word, role } = look(cell);
    const fault = state.faults[column];
    const guarded = cell.outcome === "changes" || cell.outcome === "abstains";
    says.replaceChildren(
      h(
        "p",
        {},
        h("b", { dir: "auto" }, `${state.places[row].slice(0, 80)}, ${fault.label} `),
        mark(shape, word, role),
      ),
      h("p", { class: "mw-summary" }, cell.says),
      ...(guarded ? [h("p", {}, h("b", {}, "What would stop it: "), `before predict, ${fault.guard}.`)] : []),
    );
  }
}

/** @param {number} width of the whole view */
const nameWidth = (width) => Math.round(Math.min(NAMES, width * 0.36)) - 16;

/** @param {Fault | null} fault @param {string} text @param {"row" | "col"} scope @param {number} room */
function name(fault, text, scope, room) {
  return h("th", { scope }, h("span", { dir: "auto", title: fault?.label ?? text }, clip(text, room, { size: 12 })));
}

/** @param {string} shape @param {string} word @param {string} role */
function mark(shape, word, role) {
  return h("span", { class: `mw-chip mw-role-${role}` }, h("span", { "aria-hidden": "true" }, shape), ` ${word}`);
}

/** Which shape is what, and how many there are of each. @param {Cell[]} cells */
function key(cells) {
  /** @type {Map<string, { count: number, shape: string, role: string }>} */
  const found = new Map();
  for (const cell of cells) {
    const { shape, word, role } = look(cell);
    found.set(word, { count: (found.get(word)?.count ?? 0) + 1, shape, role });
  }
  const marks = [...found].map(([word, { count, shape, role }]) => mark(shape, `${count} ${word}`, role));
  return h("p", { class: "mw-faults-key" }, ...marks);
}
