// The green dashboard: press play, and AUC stays where it was while the money is lost; labels come late, and what isn't known yet is dashed.
import { line } from "../charts/line.js";
import { h, listen } from "../dom.js";
import { write } from "../numbers.js";
import { slider } from "../slider.js";
import { chip } from "../status.js";

/** @typedef {import("../types").Floats} Floats */
/** @typedef {{ months: string[], policies: { label: string, retrains: number }[], delay: number, live: number, shock: number, promised: number, margin: number }} State */

const STEP_MILLISECONDS = 450;

/**
 * @param {State} state
 * @param {Record<string, Floats>} arrays `starts` (months,); `auc` and `money` (policies, months), flat
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function dashboard(state, arrays, context) {
  const { months, policies, delay, live } = state;
  const count = months.length;
  const start = { month: count, policy: 0 };
  const now = { ...start };
  let width = 0;
  let timer = 0;
  const play = h("button", { type: "button", class: "mw-button mw-primary" }, "Play");
  const time = slider(
    { label: "months seen", lower: 1, upper: count, step: 1, value: count, words: (value) => months[value - 1] },
    (value) => (stop(), set({ month: value })),
    context.undo,
  );
  const buttons = policies.map(({ label }, policy) => {
    const button = h("button", { type: "button", class: "mw-filter" }, label);
    listen(context.undo, button, "click", () => set({ policy }));
    return button;
  });
  listen(context.undo, play, "click", () => (timer ? stop() : begin()));
  context.undo.push(stop);
  const panels = ["auc", "money"].map((name) => {
    const title = h("figcaption", { class: "mw-figure-title" });
    const body = h("div", { class: "mw-figure-body" });
    return { name, title, body, node: h("figure", { class: "mw-figure" }, title, body) };
  });
  const group = { class: "mw-filters", role: "group", "aria-label": "When the desk retrains" };
  const node = h(
    "div",
    {},
    h("div", group, h("span", { class: "mw-label" }, "retrain"), ...buttons),
    h("div", { class: "mw-controls" }, ...time.nodes, h("div", { class: "mw-buttons" }, play)),
    ...panels.map((panel) => panel.node),
  );
  show();
  return { node, draw: (size) => ((width = size), show()) };

  /** Without motion a press moves by a month. */
  function begin() {
    const from = now.month === count ? 1 : now.month + 1;
    set({ month: from });
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    timer = window.setInterval(() => (now.month < count ? set({ month: now.month + 1 }) : stop()), STEP_MILLISECONDS);
    play.textContent = "Pause";
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  }

  /** @param {Partial<typeof now>} change */
  function set(change) {
    Object.assign(now, change);
    time.input.value = String(now.month);
    time.show();
    show();
  }

  /** @param {string} name @param {number} policy */
  function values(name, policy) {
    return arrays[name].subarray(policy * count, (policy + 1) * count);
  }

  function show() {
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(index === now.policy)));
    const known = Math.max(0, now.month - delay);
    const seen = known ? values("auc", now.policy)[known - 1] : NaN;
    const total = [...values("money", now.policy)].slice(live, now.month).reduce((sum, each) => sum + each, 0);
    const { label, retrains } = policies[now.policy];
    const millions = (/** @type {number} */ value) => `${write(value, "number", 2)} M`;
    const earned = now.month > live ? `Since it went live it has earned ${millions(total)}` : "It isn't live yet";
    const headline = `${months[now.month - 1]}, retraining ${label}: ${known ? `the newest AUC that labels give is ${write(seen, "number", 3)}` : "no label is in yet"}, money ${millions(values("money", now.policy)[now.month - 1])} a month.`;
    const same = now.month === start.month && now.policy === start.policy;
    context.say(same ? null : { headline, summary: `${earned}; ${write(retrains, "number", 1)} retrainings by the end.` }); // prettier-ignore
    const green = !(seen < state.promised - state.margin);
    panels[0].title.replaceChildren("What the dashboard shows ", known ? chip(green ? "passed" : "failed") : "");
    panels[1].title.textContent = "What the desk earns";
    if (width) for (const { name, body } of panels) body.replaceChildren(line(chart(name, known), width, headline));
  }

  /** @param {string} name @param {number} known @returns {import("../types").Line} */
  function chart(name, known) {
    const own = values(name, now.policy);
    /** @type {(label: string, from: Floats, first: number, end: number, role: import("../types").Role) => import("../types").Series} */
    const part = (label, from, first, end, role) => ({
      label,
      y: from.map((value, index) => (index >= first && index < end ? value : NaN)),
      lower: null,
      upper: null,
      role,
      dashed: label !== "known",
      end: "",
    });
    const money = name === "money";
    const all = [...arrays[name]].filter(Number.isFinite);
    const room = money ? 0.05 : 0.02;
    const series = [
      part("known", own, 0, known, money && !now.policy ? "bad" : "good"),
      part("labels not in", own, Math.max(0, known - 1), now.month, "muted"),
      ...(now.policy && money ? [part("never", values(name, 0), 0, now.month, "bad")] : []),
    ];
    return {
      kind: "line",
      title: "",
      x: arrays.starts,
      x_axis: { label: "", form: "date", lower: null, upper: null },
      y_axis: {
        label: money ? "money a month (M)" : "ROC AUC",
        form: "number",
        lower: Math.min(...all, money ? 0 : 1) - room,
        upper: Math.max(...all) + room,
      },
      series,
      marks: [money ? { value: 0, label: "zero", role: "truth" } : { value: state.promised - state.margin, label: "margin", role: "truth" }], // prettier-ignore
      events: [
        { value: arrays.starts[live], label: "live", role: "muted" },
        { value: arrays.starts[state.shock], label: "shock", role: "warning" },
      ],
    };
  }
}
