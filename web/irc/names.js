/** Names of people and rooms, and how long a text is on the wire. */

/**
 * The form in which names are compared: ASCII letters alone have no case.
 * @param {string} name
 */
export function fold(name) {
  return name.replace(/[A-Z]/g, (c) => c.toLowerCase());
}

/** @param {string} name */
export function isRoom(name) {
  return name.startsWith("#");
}

const ENCODER = new TextEncoder();

/**
 * Bytes in UTF-8.
 * @param {string} text
 */
export function byteLength(text) {
  return ENCODER.encode(text).length;
}

/**
 * Pieces of at most so many bytes; between words where there is a space, never within a character.
 * @param {string} text
 * @param {number} max
 * @returns {string[]}
 */
export function split(text, max) {
  const pieces = [];
  let rest = text;
  while (byteLength(rest) > max) {
    let bytes = 0;
    let end = 0;
    let space = 0;
    for (const c of rest) {
      bytes += byteLength(c);
      if (bytes > max) break;
      end += c.length;
      if (c === " ") space = end;
    }
    const at = space > end / 2 ? space : Math.max(end, 1);
    pieces.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  pieces.push(rest);
  return pieces;
}

/**
 * Whether the text names this nick as a word of its own.
 * @param {string} text
 * @param {string} nick
 */
export function mentions(text, nick) {
  if (!nick) return false;
  const [where, what] = [fold(text), fold(nick)];
  const isPart = (/** @type {string | undefined} */ c) => c !== undefined && /[\p{L}\p{N}_-]/u.test(c);
  for (let at = where.indexOf(what); at >= 0; at = where.indexOf(what, at + 1)) {
    const before = at > 0 ? [...where.slice(0, at)].pop() : undefined;
    const [after] = where.slice(at + what.length);
    if (!isPart(before) && !isPart(after)) return true;
  }
  return false;
}
