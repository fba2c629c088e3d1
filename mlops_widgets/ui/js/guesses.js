// Guesses of the page, shared by all its outputs: what is open, locked, skipped, or was never asked. A card may wait for one.

/** @typedef {{ state: "open" | "locked" | "skipped" | "not asked", value: number | null }} Guess */

const EVENT = "mlops-widgets:guess";

/** @returns {Record<string, Guess>} */
function registry() {
  const page = /** @type {any} */ (globalThis);
  page.__mlopsWidgets ??= {};
  return (page.__mlopsWidgets.guesses ??= {});
}

/** @param {string} key @returns {Guess | undefined} */
export const guessOf = (key) => (Object.hasOwn(registry(), key) ? registry()[key] : undefined);

/** @param {string} key @param {Guess} guess */
export function setGuess(key, guess) {
  registry()[key] = guess;
  document.dispatchEvent(new CustomEvent(EVENT, { detail: { key } }));
}

/**
 * Call `changed` whenever the guess changes. Outputs without a kernel are dropped without notice, so the page's
 * listener holds their node weakly and goes when the node has gone.
 * @param {string} key
 * @param {HTMLElement & { mwGuess?: () => void }} node
 * @param {() => void} changed
 * @param {(() => void)[]} undo
 */
export function onGuess(key, node, changed, undo) {
  node.mwGuess = changed;
  const held = new WeakRef(node);
  const listener = (/** @type {any} */ event) => {
    const there = held.deref();
    if (!there) document.removeEventListener(EVENT, listener);
    else if (event.detail?.key === key) there.mwGuess?.();
  };
  document.addEventListener(EVENT, listener);
  undo.push(() => document.removeEventListener(EVENT, listener));
}
