// A form that is drawn anew: the focus, what is being typed, open folds and places in lists stay as they were.

/**
 * Remember, and return what brings it back. Elements are known by `data-mw-key`; where that one is gone, the first of
 * `data-mw-else` that is there gets the focus.
 * @param {HTMLElement} root
 * @returns {() => void}
 */
export function keep(root) {
  const at = /** @type {HTMLElement | null} */ (root.contains(document.activeElement) ? document.activeElement : null);
  const typed = at instanceof HTMLInputElement && at.type === "text" && at.value !== at.defaultValue ? at.value : null;
  const caret = typed === null ? null : /** @type {HTMLInputElement} */ (at).selectionStart;
  const folds = new Map(
    Array.from(root.querySelectorAll("details[data-mw-key]"), (fold) => [keyOf(fold), fold.hasAttribute("open")]),
  );
  const places = new Map(
    Array.from(root.querySelectorAll("[data-mw-scroll]"), (list) => [
      list.getAttribute("data-mw-scroll"),
      list.scrollTop,
    ]),
  );
  return () => {
    for (const fold of root.querySelectorAll("details[data-mw-key]"))
      if (folds.has(keyOf(fold))) fold.toggleAttribute("open", folds.get(keyOf(fold)));
    for (const list of root.querySelectorAll("[data-mw-scroll]"))
      list.scrollTop = places.get(list.getAttribute("data-mw-scroll")) ?? 0;
    if (!at) return;
    const again = at.isConnected ? at : find(root, at);
    if (typed !== null && again instanceof HTMLInputElement && keyOf(again) === keyOf(at)) {
      again.value = typed;
      again.setSelectionRange(caret, caret);
    }
    again?.focus({ preventScroll: again === at || keyOf(again) === keyOf(at) });
  };
}

/**
 * Give a fold that others draw, such as a table's, a key of this form's and a title.
 * @param {HTMLElement} fold
 * @param {string} key
 * @param {string} title
 */
export function keyed(fold, key, title) {
  fold.setAttribute("data-mw-key", `fold-${key}`);
  const summary = fold.querySelector("summary");
  summary?.setAttribute("data-mw-key", key);
  if (summary?.firstChild) summary.firstChild.textContent = title;
  return fold;
}

/** @param {Element} node */
const keyOf = (node) => node.getAttribute("data-mw-key");

/** @param {HTMLElement} root @param {HTMLElement} at @returns {HTMLElement | null} */
function find(root, at) {
  const wanted = [keyOf(at), ...(at.getAttribute("data-mw-else") ?? "").split(" ")].filter(Boolean);
  for (const key of wanted) {
    const name = CSS.escape(String(key));
    const node = root.querySelector(`[data-mw-key="${name}"], [data-mw-spot="${name}"]`);
    if (node && !(/** @type {HTMLButtonElement} */ (node).disabled)) return /** @type {HTMLElement} */ (node);
  }
  return null;
}
