// Whether a gate opens and whether a candidate is as good: the twins of equal_accuracy_result.py and alternatives_result.py.

/** @param {number} lower @param {number} upper @param {number} limit @returns {import("./types").Status} */
export function gate(lower, upper, limit) {
  return upper < limit ? "failed" : lower >= limit ? "passed" : "not_enough_data";
}

/**
 * @param {(number | null)[]} gain ends of the gain in impact ratio
 * @param {number} leastGain the smallest gain that matters
 * @param {[number | null, number | null, number][]} losses ends of each loss, and the largest that doesn't matter; null where it has none
 */
export function verdictOf([least, most], leastGain, losses) {
  const asked = losses.filter(([lower]) => lower !== null);
  if (asked.some(([lower, , limit]) => Number(lower) > limit)) return "costs too much";
  const cheap = asked.every(([, upper, limit]) => Number(upper) <= limit);
  if (least !== null && least > 0 && cheap) return "better";
  return most !== null && most < leastGain ? "not less unequal" : "not enough data";
}
