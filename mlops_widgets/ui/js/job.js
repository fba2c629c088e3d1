// A live widget's options, Run and Cancel, and how far the work is.
import { h, listen } from "./dom.js";
import { slider } from "./slider.js";

/** @typedef {import("./types").Control} Control */

/**
 * @param {import("./types").Model} model
 * @param {(() => void)[]} undo
 * @returns {{ node: HTMLElement, options: (controls: Control[], run?: string) => void }}
 */
export function jobPanel(model, undo) {
  /** @type {Record<string, string | number>} */
  let values = {};
  let known = "";
  /** @type {(() => void)[]} */
  let optionUndo = [];
  const fields = h("div", { class: "mw-options" });
  const run = h("button", { type: "button", class: "mw-button mw-primary" }, "Run");
  const cancel = h("button", { type: "button", class: "mw-button" }, "Cancel");
  const bar = h("progress", { class: "mw-progress", max: 1, value: 0, "aria-label": "progress" });
  const text = h("output", { class: "mw-job-text", dir: "auto" });
  const node = h(
    "div",
    { class: "mw-controls mw-job" },
    fields,
    h("div", { class: "mw-buttons" }, run, cancel, bar, text),
  );
  listen(undo, run, "click", () => model.send({ kind: "run", options: values }));
  listen(undo, cancel, "click", () => {
    text.textContent = "Stopping…";
    model.send({ kind: "cancel" });
  });
  model.on("change:job", show);
  undo.push(() => {
    model.off("change:job", show);
    for (const stop of optionUndo) stop();
    if (model.get("job")?.state === "running") model.send({ kind: "cancel" }); // nobody is looking any more
  });
  show();
  return { node, options };

  function show() {
    const job = /** @type {import("./types").Job} */ (model.get("job"));
    const running = job.state === "running";
    const held =
      node.contains(document.activeElement) && (document.activeElement === run || document.activeElement === cancel);
    run.disabled = running;
    cancel.hidden = !running;
    bar.hidden = !running;
    bar.value = job.share;
    text.textContent = job.text;
    node.dataset.mwJob = job.state;
    text.classList.toggle("mw-role-bad", job.state === "failed");
    if (held) (running ? cancel : run).focus();
  }

  /** @param {Control[]} controls @param {string} [words] what the button says that starts the job */
  function options(controls, words = "Run") {
    run.textContent = words;
    const shape = JSON.stringify(controls);
    if (shape === known) return;
    known = shape;
    for (const stop of optionUndo) stop();
    optionUndo = [];
    values = Object.fromEntries(controls.map((control) => [control.name, control.value]));
    fields.replaceChildren(
      ...controls.flatMap((control) => field(control, (value) => (values[control.name] = value), optionUndo)),
    );
  }
}

/** @param {Control} control @param {(value: string | number) => void} changed @param {(() => void)[]} undo @returns {HTMLElement[]} */
function field(control, changed, undo) {
  const unit = control.unit ? ` ${control.unit}` : "";
  if (control.kind === "slider") {
    const words = (/** @type {number} */ value) => `${value.toLocaleString("en")}${unit}`;
    return slider(
      {
        label: control.label,
        lower: control.lower ?? 0,
        upper: control.upper ?? 1,
        step: control.step ?? "any",
        value: Number(control.value),
        words,
      },
      changed,
      undo,
    ).nodes;
  }
  const isQuestion = control.label.endsWith("?");
  const name = h("span", { class: isQuestion ? "mw-label mw-asked" : "mw-label", dir: "auto" }, control.label);
  const said = h("span", { class: "mw-said" }, control.unit ?? "");
  if (control.kind === "number" || control.kind === "text") {
    const input = h("input", {
      type: control.kind,
      class: "mw-input",
      min: control.lower,
      max: control.upper,
      step: control.step ?? "any",
      value: control.value,
      "aria-label": control.label,
    });
    listen(undo, input, "change", () => {
      if (control.kind === "text") changed(input.value);
      else if (Number.isFinite(input.valueAsNumber)) changed(input.valueAsNumber);
    });
    return [name, input, said];
  }
  const choices = control.options ?? [];
  const select = h(
    "select",
    { class: "mw-input", "aria-label": control.label },
    ...choices.map((choice, index) =>
      h("option", { value: index, selected: choice === control.value }, String(choice)),
    ),
  );
  listen(undo, select, "change", () => changed(choices[Number(select.value)]));
  return [name, select, said];
}
