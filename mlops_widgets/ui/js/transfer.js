// A file on its way to the kernel: one piece at a time, the next when the last was acknowledged.
import { hex, piece, sizeWords } from "./chunks.js";
import { h, listen } from "./dom.js";

/** @typedef {{ id: string, state: "receiving" | "done" | "failed" | "cancelled", text: string, next?: number }} Told */

/**
 * @param {import("./types").Model} model
 * @param {(() => void)[]} undo
 * @returns {import("./types").Transfer}
 */
export function transfer(model, undo) {
  /** @type {{ id: string, slot: string, file: File } | null} */
  let current = null;
  const bar = h("progress", { class: "mw-progress", max: 1, value: 0, "aria-label": "upload" });
  const words = h("output", { class: "mw-job-text", dir: "auto" });
  const stop = h("button", { type: "button", class: "mw-button", "data-mw-key": "stop-upload" }, "Stop the upload");
  const node = h("div", { class: "mw-transfer" }, bar, stop, words);
  const self = { node, slot: "", start };

  /** @param {string} event @param {Record<string, unknown>} [more] @param {ArrayBuffer[]} [buffers] */
  const send = (event, more = {}, buffers = []) =>
    current && model.send({ kind: "form", event, id: current.id, slot: current.slot, ...more }, undefined, buffers);

  listen(undo, stop, "click", () => {
    words.textContent = "Stopping…";
    send("stop_upload");
  });
  model.on("change:transfer", follow);
  undo.push(() => {
    model.off("change:transfer", follow);
    send("stop_upload"); // nobody is looking any more
  });
  return self;

  /** @param {string} slot @param {File} file */
  function start(slot, file) {
    send("stop_upload");
    current = { id: `${Date.now()}-${Math.random()}`, slot, file };
    self.slot = slot;
    bar.value = 0;
    words.textContent = `${file.name}: ${sizeWords(file.size)}`;
    send("upload", { name: file.name, size: file.size });
  }

  function follow() {
    const told = /** @type {Told} */ (model.get("transfer"));
    if (!current || told.id !== current.id) return;
    if (told.state === "receiving") void next(current, told.next ?? 0);
    else {
      current = null;
      self.slot = "";
      node.remove();
    }
  }

  /** @param {{ id: string, file: File }} mine @param {number} index */
  async function next(mine, index) {
    const part = piece(index, mine.file.size);
    if (!part) return;
    bar.value = part.start / mine.file.size;
    words.textContent = `${mine.file.name}: ${sizeWords(part.start)} of ${sizeWords(mine.file.size)}`;
    try {
      const bytes = await mine.file.slice(part.start, part.end).arrayBuffer();
      // a page that came over plain http from another machine has no such function
      const digest = globalThis.crypto?.subtle ? hex(await crypto.subtle.digest("SHA-256", bytes)) : null;
      if (current?.id === mine.id) send("chunk", { index, digest }, [bytes]);
    } catch (error) {
      words.textContent = `${mine.file.name} can't be read: ${error}`; // moved or deleted meanwhile
      send("stop_upload");
    }
  }
}
