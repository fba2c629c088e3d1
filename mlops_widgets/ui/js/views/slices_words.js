// What is said of a slice in the list: a shape and a word, so that colour isn't the only signal.

/** @typedef {{ rule: string, rows: number, share: number, tested_rows: number, tested_units: number, loss: number, rest_loss: number, expected: number | null, rest_expected: number | null, excess: number, lower: number | null, upper: number | null, p: number | null, p_adjusted: number | null, confirmed: boolean }} Slice */

/** @param {Slice} slice @param {boolean} raw whether it is one of those by raw loss, which nobody tested */
export function status(slice, raw) {
  if (raw) return "– not tested";
  return slice.confirmed ? "■ confirmed" : "◇ not confirmed";
}
