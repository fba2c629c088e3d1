// A row to edit. With a kernel, prediction and both explanations follow each edit; without, one column at a time moves
// along answers that were computed ahead.
import { emphasised, h, listen } from "../dom.js";
import { ownDigits, percentDigits, write } from "../numbers.js";
import { slider } from "../slider.js";
import { logistic } from "../charts/waterfall.js";
import { sideBySide } from "../side_by_side.js";

/** @typedef {{ name: string, kind: "number" | "date" | "choice" | "text" | "fixed", value: number | null, text: string, lower: number, upper: number, step: number, whole: boolean, options: string[], points: string[], values: (number | null)[], from: number }} Field */
/** @typedef {{ before: string, now: string, precision: string, charts: import("../types").Chart[], more?: boolean, error?: string }} Answer */
/** @typedef {{ fields: Field[], left_out: number, outputs: string[], start: number, row: string, logistic: boolean, axes: string[], first: Answer[], widths: string[][], default: number }} State */

const WIDE = 760;
const FIRST = 12;
const NO_KERNEL =
  "This page has no kernel: one column moves at a time, along answers computed ahead. In JupyterLab, mw.explainability.WhatIfExplorer(study, row=…) edits all of them and explains each edit.";

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function whatIf(state, arrays, context) {
  const { ask } = context;
  /** @type {Map<number, number | string | null>} */
  const edits = new Map();
  const now = {
    output: state.start,
    answer: state.first[state.start],
    waiting: false,
    again: false,
    asked: 0,
    width: state.default,
  };
  let room = 0;
  const said = h("p", { class: "mw-mix-said", role: "status" });
  const how = h("p", { class: "mw-small" });
  const pictures = h("div", { class: "mw-two" });
  const widths = kernelWidths();
  const stop = h("button", { type: "button", class: "mw-button", hidden: true }, "Stop");
  const reset = h("button", { type: "button", class: "mw-button" }, "Reset");
  const rows = state.fields.map(control);
  const more = rows.slice(FIRST);
  const form = h(
    "div",
    { class: "mw-edit" },
    h("div", { class: "mw-edit-fields" }, ...rows.slice(0, FIRST).map((row) => row.node)),
    ...(more.length
      ? [h("details", { class: "mw-fold" }, h("summary", {}, `${more.length} more columns`), h("div", { class: "mw-edit-fields" }, ...more.map((row) => row.node)))]
      : []),
    ...(state.left_out ? [h("p", { class: "mw-small" }, `${state.left_out} columns that contribute least stay as they are.`)] : []),
    h("div", { class: "mw-buttons" }, reset, stop, ...outputs()),
    ...(ask ? [] : [h("p", { class: "mw-small" }, NO_KERNEL)]),
  ); // prettier-ignore
  const node = h(
    "div",
    { class: "mw-what-if" },
    form,
    h("div", { class: "mw-edit-shows" }, said, how, pictures, widths),
  );
  listen(context.undo, reset, "click", clear);
  listen(context.undo, stop, "click", () => {
    context.send({ kind: "cancel" });
    stop.hidden = true;
  });
  context.undo.push(() => ask && !stop.hidden && context.send({ kind: "cancel" }));
  say();
  return { node, draw };

  /** @param {number} width */
  function draw(width) {
    const beside = width >= WIDE;
    node.classList.toggle("mw-beside", beside);
    room = beside ? Math.floor(width * 0.58) : width;
    show();
  }

  /** LIME's one knob: how near a sample must be to count. For the row as it is. */
  function kernelWidths() {
    const options = {
      label: "LIME's kernel width",
      lower: 0,
      upper: state.widths.length - 1,
      step: 1,
      value: now.width,
      words: (/** @type {number} */ at) => state.widths[at]?.[0] ?? "",
    };
    const made = slider(options, (at) => ((now.width = at), show()), context.undo);
    return h("div", { class: "mw-controls", hidden: !state.widths.length }, ...made.nodes);
  }

  /** The row's own charts, LIME's at the width that was chosen. */
  function own() {
    const [shap, lime] = now.answer.charts;
    if (!lime || now.width === state.default) return now.answer.charts;
    const chart = /** @type {import("../types").Bars} */ (lime);
    const n = chart.rows.length;
    const from = (now.output * state.widths.length + now.width) * n;
    const rows = chart.rows.map((row, k) => {
      const value = arrays.lime[from + k];
      /** @type {import("../types").Role} */
      const role = value > 0 ? "production" : "reference";
      return { ...row, value, lower: null, upper: null, role };
    });
    return [shap, { ...chart, rows, title: `${chart.title}, ${state.widths[now.width][1 + now.output]}` }];
  }

  function outputs() {
    if (state.outputs.length < 2) return [];
    const options = state.outputs.map((name, index) => h("option", { value: index, selected: index === now.output }, name)); // prettier-ignore
    const input = h("select", { class: "mw-input", "aria-label": "output" }, ...options);
    listen(context.undo, input, "change", () => {
      now.output = Number(input.value);
      now.answer = state.first[now.output];
      if (ask && edits.size) send();
      else renew();
    });
    return [input];
  }

  function clear() {
    edits.clear();
    for (const row of rows) row.reset();
    now.answer = state.first[now.output];
    now.asked += 1; // an answer on its way is about edits that are gone
    now.again = false;
    if (!stop.hidden) context.send({ kind: "cancel" });
    renew();
  }

  /** @param {number} place @param {number | string | null} value */
  function edit(place, value) {
    if (!ask) {
      for (const row of rows) if (row !== rows[place]) row.reset(); // what was computed ahead holds for one column alone
      edits.clear();
    }
    edits.set(place, value);
    rows[place].node.classList.add("mw-edited");
    if (ask) send();
    else renew();
  }

  function send() {
    if (!ask) return;
    now.again = now.waiting;
    if (now.waiting) return;
    now.waiting = true;
    node.classList.add("mw-waiting");
    const mine = (now.asked += 1);
    ask({ changes: [...edits], output: now.output }, (/** @type {Answer} */ answer) => {
      now.waiting = false;
      node.classList.remove("mw-waiting");
      if (now.again) return send();
      if (mine !== now.asked) return;
      now.answer = answer.error ? { ...now.answer, error: answer.error } : answer;
      renew();
    });
  }

  function renew() {
    stop.hidden = !now.answer.more;
    say();
    show();
  }

  function say() {
    const { before, now: after, precision, error } = now.answer;
    const what = state.axes[now.output];
    const along = ask ? null : moved();
    said.classList.toggle("mw-role-bad", Boolean(error));
    const to = along ? text(along.answer) : after;
    said.replaceChildren(
      ...(error ? [error] : emphasised(edits.size ? `${what}: ${before} before, ${to} now.` : `${what}: ${before}.`)),
    );
    how.textContent = along ? `${along.field.name}, the other columns as they are` : `Contributions: ${precision}${now.answer.more ? ", getting sharper" : ""}`; // prettier-ignore
  }

  function show() {
    if (!room) return;
    const along = ask ? null : moved();
    widths.hidden = edits.size > 0 || !state.widths.length;
    sideBySide(pictures, along ? [line(along)] : edits.size ? now.answer.charts : own(), context)(room);
  }

  /** The one column that is moved without a kernel. */
  function moved() {
    for (const [place, value] of edits) {
      const field = state.fields[place];
      const at = field.values.indexOf(/** @type {number | null} */ (value));
      return { field, at, answer: answerAt(field, at) };
    }
    return null;
  }

  /** @param {Field} field @param {number} point */
  function answerAt(field, point) {
    return arrays.answers[(field.from + point) * state.outputs.length + now.output];
  }

  /** @param {number} value */
  function text(value) {
    const said = write(value, "number", ownDigits(value));
    if (!state.logistic) return said;
    const share = logistic(value);
    return `${said} (${write(share, "percent", 2 + percentDigits(share, null, null))})`;
  }

  /** @param {NonNullable<ReturnType<typeof moved>>} along @returns {import("../types").Dots} */
  function line({ field, at }) {
    const row = (/** @type {string} */ label, /** @type {number} */ index) => /** @type {import("../types").Estimate} */ ({ label, value: answerAt(field, index), lower: null, upper: null, n: null, role: index === at ? "production" : "muted", note: index === at ? "now" : field.values[index] === field.value ? "as it is" : "" }); // prettier-ignore
    const axis = { label: state.axes[now.output], form: /** @type {const} */ ("number"), lower: null, upper: null };
    const marks = [{ value: arrays.own[now.output], label: "as it is", role: /** @type {const} */ ("truth") }];
    return { kind: "dots", rows: field.points.map(row), axis, marks, title: `The answer along ${field.name}` };
  }

  /** @param {Field} field @param {number} place */
  function control(field, place) {
    const changed = (/** @type {number | string | null} */ value) => edit(place, value);
    const made = input(field, changed, context.undo, Boolean(ask));
    const node = h("div", { class: "mw-edit-field" }, ...made.nodes);
    return { node, reset: () => (node.classList.remove("mw-edited"), made.reset()) };
  }
}

/**
 * @param {Field} field
 * @param {(value: number | string | null) => void} changed
 * @param {(() => void)[]} undo
 * @param {boolean} live
 * @returns {{ nodes: HTMLElement[], reset: () => void }}
 */
function input(field, changed, undo, live) {
  const name = h("span", { class: "mw-label", dir: "auto" }, field.name);
  if (field.kind === "choice") return choice(field, name, changed, undo, live);
  if (field.kind === "fixed" || (!live && !field.points.length))
    return {
      nodes: [name, h("span", {}), h("output", { class: "mw-said" }, field.text || "missing")],
      reset: () => {},
    };
  if (field.kind === "text" || (live && field.kind === "date")) return typed(field, name, changed, undo);
  return live ? range(field, changed, undo) : steps(field, changed, undo);
}

/** @param {Field} field @param {HTMLElement} name @param {(value: number | null) => void} changed @param {(() => void)[]} undo @param {boolean} live */
function choice(field, name, changed, undo, live) {
  const own = field.value === null ? "" : String(field.value);
  const known = live ? field.options.map((text, index) => ({ text, value: String(index) })) : field.points.map((text, index) => ({ text, value: String(field.values[index] ?? "") })); // prettier-ignore
  const gap = known.some(({ value }) => !value) || !live ? [] : [{ text: "missing", value: "" }];
  const options = [...known, ...gap].map(({ text, value }) => h("option", { value }, text));
  const select = h("select", { class: "mw-input", "aria-label": field.name }, ...options);
  select.value = own;
  listen(undo, select, "change", () => changed(select.value === "" ? null : Number(select.value)));
  return { nodes: [name, select, h("span")], reset: () => void (select.value = own) };
}

/** @param {Field} field @param {HTMLElement} name @param {(value: number | string | null) => void} changed @param {(() => void)[]} undo */
function typed(field, name, changed, undo) {
  const isDate = field.kind === "date";
  const day = (/** @type {number} */ value) => new Date(value).toISOString().slice(0, 10);
  const own = isDate ? (field.value === null ? "" : day(field.value)) : field.text;
  const more = isDate ? { min: day(field.lower), max: day(field.upper) } : { maxlength: 200 };
  const box = h("input", { type: isDate ? "date" : "text", class: "mw-input", value: own, "aria-label": field.name, ...more }); // prettier-ignore
  listen(undo, box, "change", () => changed(box.value === "" ? null : isDate ? box.valueAsNumber : box.value));
  return { nodes: [name, box, h("span")], reset: () => void (box.value = own) };
}

/** @param {Field} field @param {(value: number | null) => void} changed @param {(() => void)[]} undo */
function range(field, changed, undo) {
  const digits = Math.max(0, -Math.floor(Math.log10(field.step) + 1e-9));
  const snap = (/** @type {number} */ value) => Math.min(field.upper, Math.max(field.lower, Number((Math.round(value / field.step) * field.step).toFixed(digits)))); // prettier-ignore
  const gap = h("button", { type: "button", class: "mw-filter", "aria-pressed": "false" }, "missing");
  let touched = false;
  const words = (/** @type {number} */ value) => (pressed() ? "missing" : touched ? String(snap(value)) : field.text);
  const middle = (field.lower + field.upper) / 2;
  const own = field.value === null ? "" : String(Number(field.value.toPrecision(6)));
  const { lower: min, upper: max, step } = field;
  const box = h("input", { type: "number", class: "mw-input", min, max, step, value: own, "aria-label": field.name, placeholder: "missing" }); // prettier-ignore
  const made = slider(
    { label: field.name, lower: field.lower, upper: field.upper, step: "any", value: field.value ?? middle, words },
    (value) => ((touched = true), press(false), (box.value = String(snap(value))), changed(snap(value))),
    undo,
  );
  const take = () => {
    const empty = Number.isNaN(box.valueAsNumber);
    touched = true;
    if (!empty) made.input.value = box.value;
    press(empty);
    changed(empty ? null : box.valueAsNumber);
  };
  listen(undo, box, "change", take);
  listen(undo, box, "keydown", (event) => event.key === "Enter" && take()); // outside a form Enter changes nothing
  listen(undo, gap, "click", () => {
    press(!pressed());
    const back = touched ? snap(Number(made.input.value)) : (field.value ?? snap(middle));
    box.value = pressed() ? "" : touched || !own ? String(back) : own;
    changed(pressed() ? null : back);
  });
  press(field.value === null);
  made.nodes[2] = /** @type {any} */ (h("span", { class: "mw-edit-said" }, box, gap));
  return { nodes: /** @type {HTMLElement[]} */ (made.nodes), reset };

  function pressed() {
    return gap.getAttribute("aria-pressed") === "true";
  }

  /** @param {boolean} on */
  function press(on) {
    gap.setAttribute("aria-pressed", String(on));
    made?.show();
  }

  function reset() {
    touched = false;
    box.value = own;
    made.input.value = String(field.value ?? middle);
    press(field.value === null);
  }
}

/** Without a kernel: the points whose answers were computed ahead. */
/** @param {Field} field @param {(value: number | null) => void} changed @param {(() => void)[]} undo */
function steps(field, changed, undo) {
  const own = Math.max(0, field.values.indexOf(field.value));
  const words = (/** @type {number} */ at) => (at === own && field.text ? field.text : field.points[at]);
  const options = { label: field.name, lower: 0, upper: field.points.length - 1, step: 1, value: own, words };
  const made = slider(options, (at) => changed(field.values[at]), undo);
  return { nodes: made.nodes, reset: () => ((made.input.value = String(own)), made.show()) };
}
