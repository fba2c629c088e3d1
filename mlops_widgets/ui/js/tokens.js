// Colours by role, from the Okabe–Ito set, tuned apart for light and dark: text reaches 4.5:1 and marks 3:1 on `bg` and
// `panel` (tests/js/tokens.test.js computes it).

/** @typedef {"bg" | "fg" | "panel" | "line" | "ghost" | import("./types").Role} Token */

/** @type {Record<Token, string>} */
export const LIGHT = {
  bg: "#ffffff", fg: "#1b1f24", panel: "#f5f6f8", line: "#dfe3e8", ghost: "#868f9a",
  muted: "#5c646e", reference: "#0063a6", production: "#b84a00", truth: "#545d69",
  good: "#00694f", warning: "#805300", bad: "#b3261e", accent: "#93366f",
}; // prettier-ignore

/** @type {Record<Token, string>} */
export const DARK = {
  bg: "#111418", fg: "#e8eaed", panel: "#1b2027", line: "#343b44", ghost: "#717b87",
  muted: "#a5adb8", reference: "#6db9ff", production: "#ff9e4a", truth: "#b5bdc8",
  good: "#52d6b0", warning: "#f2c14b", bad: "#ff8a80", accent: "#e9a5cc",
}; // prettier-ignore

/** The strongest fill of a heat map's cell: over it, text in `fg` still reaches 4.5:1. */
export const FULLEST = 0.5;

/** @param {Record<string, string>} tokens */
const declare = (tokens) =>
  Object.entries(tokens)
    .map(([name, colour]) => `--mw-${name}:${colour}`)
    .join(";");

const HOST_DARK = '[data-jp-theme-light="false"],.vscode-dark,[theme="dark"]';
const HOST = "[data-jp-theme-light],.vscode-light,.vscode-dark,[theme]";

/** The tokens as css. The notebook's theme decides; the system's preference only where no notebook does. */
export const TOKENS =
  `.mw{color-scheme:light;${declare(LIGHT)}}` +
  `:is(${HOST_DARK}) .mw{color-scheme:dark;${declare(DARK)}}` +
  `@media screen and (prefers-color-scheme:dark){.mw:not(:is(${HOST}) *){color-scheme:dark;${declare(DARK)}}}`;
