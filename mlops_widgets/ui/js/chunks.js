// How a file is cut for its way to the kernel.

/** Most bytes of one message; with what wraps it, far below the 10 MiB that a default Jupyter server takes. */
export const CHUNK_BYTES = 4_000_000;

/**
 * Where piece number `index` of a file begins and ends; null after the last.
 * @param {number} index
 * @param {number} size
 * @param {number} [chunk]
 */
export function piece(index, size, chunk = CHUNK_BYTES) {
  const start = index * chunk;
  if (!Number.isInteger(index) || index < 0 || start >= size) return null;
  return { start, end: Math.min(start + chunk, size) };
}

/** The bytes as hex digits. @param {ArrayBuffer} bytes */
export const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** A number of bytes in words, as Python writes it. @param {number} size */
export function sizeWords(size) {
  let value = size;
  let unit = "B";
  for (const larger of ["kB", "MB", "GB", "TB"]) {
    if (value < 1000) break;
    value /= 1000;
    unit = larger;
  }
  return `${value < 10 && unit !== "B" ? value.toPrecision(2) : Math.round(value)} ${unit}`;
}
