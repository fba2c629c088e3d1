// One of model, test, reference and production: from the notebook, from the server's files, or from this computer.
import { h, listen } from "../dom.js";
import { browserPart } from "./loader_browser.js";
import { questionPart } from "./loader_question.js";
import { later } from "./loader_later.js";

/**
 * @typedef {{ slot: string, label: string, hint: string, live: { name: string, said: string }[], chosen: string, path: string, said: string, error: string, question: import("./loader_question.js").Question | null }} Field
 * @typedef {{ tell: (event: string, more?: Record<string, unknown>) => void, undo: (() => void)[], transfer?: import("../types").Transfer | null }} Tools
 */

/** @param {Field} field @param {import("./loader_browser.js").Listing | null} listing @param {Tools} tools */
export function fieldPart(field, listing, tools) {
  const { tell, undo, transfer } = tools;
  const { slot, label } = field;
  const node = h(
    "div",
    { class: `mw-field${field.chosen || field.path ? " mw-filled" : ""}`, role: "group", "aria-label": label },
    h("p", { class: "mw-field-head" }, h("b", {}, label), h("span", { class: "mw-hint" }, field.hint)),
  );
  if (field.live.length) node.append(liveSelect(field, tools));
  const path = h("input", {
    type: "text", class: "mw-input mw-path", value: field.path, spellcheck: "false", autocomplete: "off",
    placeholder: field.live.length ? "or the path of a file" : "path of a file", "aria-label": `Path of a file for ${label}`,
    "data-mw-key": `path-${slot}`,
  }); // prettier-ignore
  let told = field.path;
  const give = () => tell("path", { slot, path: (told = path.value) });
  listen(undo, path, "change", () => path.value !== told && give());
  listen(undo, path, "keydown", (event) => event.key === "Enter" && give()); // again, to look once more at a mended file
  const browse = h(
    "button",
    { type: "button", class: "mw-button", "aria-label": `Browse files for ${label}`, "data-mw-key": `browse-${slot}` },
    "Browse…",
  );
  listen(undo, browse, "click", () => tell(listing?.slot === slot ? "close" : "browse", { slot }));
  const file = h("input", {
    type: "file",
    class: "mw-file",
    "aria-label": `Upload a file for ${label}`,
    "data-mw-key": `upload-${slot}`,
  });
  listen(undo, file, "change", () => {
    if (!file.files?.length || !transfer) return;
    transfer.start(slot, file.files[0]);
    node.append(transfer.node);
  });
  node.append(
    h("div", { class: "mw-file-row" }, path, browse, h("label", { class: "mw-button mw-upload" }, "Upload…", file)),
  );
  if (listing?.slot === slot) node.append(browserPart(listing, tools));
  if (transfer?.slot === slot) node.append(transfer.node);
  if (field.question) node.append(questionPart(field.question, slot, tools));
  if (field.error) node.append(h("p", { class: "mw-error", role: "alert", dir: "auto" }, field.error));
  else if (field.said) node.append(h("p", { class: "mw-found", dir: "auto" }, "✓ ", field.said));
  return node;
}

/** @param {Field} field @param {Tools} tools */
function liveSelect(field, { tell, undo }) {
  const none = h(
    "option",
    { value: "", selected: !field.chosen },
    field.path ? "the file below" : "choose from this notebook",
  );
  const options = field.live.map(({ name, said }) =>
    h("option", { value: name, selected: name === field.chosen }, `${name} · ${said}`),
  );
  const select = h(
    "select",
    {
      class: "mw-input mw-live-select",
      "aria-label": `${field.label} in this notebook`,
      "data-mw-key": `live-${field.slot}`,
    },
    none,
    ...options,
  );
  later(undo, select, () => tell("live", { slot: field.slot, name: select.value }));
  return select;
}
