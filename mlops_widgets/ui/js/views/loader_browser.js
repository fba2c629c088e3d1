// The server's folders as a list that arrow keys walk through.
import { h, listen } from "../dom.js";

/** @typedef {{ slot: string, folder: string, parent: string, usable: boolean, note: string, entries: { name: string, path: string, is_folder: boolean, size: string, date: string }[] }} Listing */

/** @param {Listing} listing @param {import("./loader_field.js").Tools} tools */
export function browserPart(listing, { tell, undo }) {
  const { slot } = listing;
  const up = listing.parent
    ? [{ name: "..", path: listing.parent, is_folder: true, size: "folder above", date: "" }]
    : [];
  const entries = [...up, ...listing.entries];
  const start = Math.min(up.length, entries.length - 1);
  const rows = entries.map(
    (entry, index) =>
    h(
      "div",
      {
        class: `mw-entry${entry.is_folder ? " mw-folder" : ""}`, role: "option", tabindex: index === start ? 0 : -1, "aria-selected": "false",
        "aria-label": `${entry.name}${entry.is_folder ? ", folder" : `, ${entry.size}, ${entry.date}`}`,
        "data-mw-key": `entry-${entry.path}`, "data-mw-else": `browser path-${slot}`, "data-mw-spot": index === start ? "browser" : null,
      },
      h("span", { class: "mw-entry-name", dir: "auto" }, entry.is_folder ? `${entry.name}/` : entry.name),
      h("span", { class: "mw-entry-size" }, entry.size),
      h("span", { class: "mw-entry-date" }, entry.date),
    ), // prettier-ignore
  );
  const list = h(
    "div",
    {
      class: "mw-entries",
      role: "listbox",
      "aria-label": `Files in ${listing.folder}`,
      "data-mw-scroll": listing.folder,
    },
    ...rows,
  );
  /** @param {number} index */
  const open = (index) => {
    const entry = entries[index];
    if (entry) tell(entry.is_folder ? "browse" : "path", { slot, path: entry.path });
  };
  listen(undo, list, "click", (event) => open(rows.indexOf(event.target.closest(".mw-entry"))));
  listen(undo, list, "keydown", (event) => {
    const at = rows.indexOf(event.target);
    if (event.key === "Escape") tell("close");
    else if (event.key === "Enter" || event.key === " ") open(at);
    else if (event.key === "Backspace" || event.key === "ArrowLeft") open(up.length ? 0 : -1);
    else {
      const to = goal(event.key, at, entries);
      if (to === null) return;
      for (const row of rows) row.tabIndex = -1;
      rows[to].tabIndex = 0;
      rows[to].focus();
    }
    event.preventDefault();
    event.stopPropagation();
  });
  const use = h(
    "button",
    { type: "button", class: "mw-button", "data-mw-key": "use-folder", "data-mw-else": `path-${slot}` },
    "Use this folder",
  );
  listen(undo, use, "click", () => tell("path", { slot, path: listing.folder }));
  const close = h(
    "button",
    { type: "button", class: "mw-button", "data-mw-key": "close-browser", "data-mw-else": `browse-${slot}` },
    "Close",
  );
  listen(undo, close, "click", () => tell("close"));
  return h(
    "div",
    { class: "mw-browser" },
    h("p", { class: "mw-folder-name", dir: "auto" }, listing.folder),
    list,
    ...(listing.note ? [h("p", { class: "mw-small", dir: "auto" }, listing.note)] : []),
    h(
      "div",
      { class: "mw-buttons" },
      ...(listing.usable ? [use] : []),
      close,
      h("span", { class: "mw-hint" }, "↑ ↓ to walk, Enter to open, ← for the folder above, Esc to close"),
    ),
  );
}

/**
 * Where a key leads from entry `at`; null where it leads nowhere.
 * @param {string} key
 * @param {number} at
 * @param {{ name: string }[]} entries
 */
export function goal(key, at, entries) {
  const last = entries.length - 1;
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last, PageDown: at + 10, PageUp: at - 10 };
  if (Object.hasOwn(steps, key)) return Math.max(0, Math.min(last, steps[/** @type {keyof typeof steps} */ (key)]));
  if (key.length !== 1) return null;
  for (let step = 1; step <= entries.length; step++) {
    const index = (at + step) % entries.length;
    if (entries[index].name.toLowerCase().startsWith(key.toLowerCase())) return index;
  }
  return null;
}
