// A message from Python, arrays put in the place of their references.

/** @typedef {import("./types").Message} Message */
/** @typedef {import("./types").Floats} Floats */

/**
 * @param {Message} message
 * @param {(text: string) => Uint8Array} [decode] base64 to bytes, where arrays are text
 * @returns {import("./types").Card}
 */
export function readCard(message, decode) {
  /** @type {Record<string, Floats>} */
  const arrays = {};
  for (const [name, data] of Object.entries(message.arrays ?? {})) {
    const bytes = typeof data === "string" ? /** @type {NonNullable<typeof decode>} */ (decode)(data) : data;
    arrays[name] = floats(bytes, message.types[name]);
  }
  return /** @type {any} */ (filled(message.card, arrays));
}

/** @param {Uint8Array | DataView} bytes @param {"f4" | "f8"} type @returns {Floats} */
function floats(bytes, type) {
  const own = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength); // aligned
  return type === "f4"
    ? new Float32Array(/** @type {ArrayBuffer} */ (own))
    : new Float64Array(/** @type {ArrayBuffer} */ (own));
}

/** @param {any} value @param {Record<string, Floats>} arrays @returns {any} */
function filled(value, arrays) {
  if (Array.isArray(value)) return value.map((item) => filled(item, arrays));
  if (value === null || typeof value !== "object") return value;
  if (typeof value.$array === "string") return arrays[value.$array];
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, arrays)]));
}
