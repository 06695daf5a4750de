/**
 * What is said, as lines that fit: one, or a batch of several. Source: IRCv3 draft/multiline.
 */

import { byteLength, split } from "./names.js";
/** @typedef {import("./outbox.js").Outgoing} Outgoing */

/**
 * @typedef {object} Limits
 * @property {number} bytes of one message in several lines; 0 if the server takes none
 * @property {number} lines of one message
 * @property {string} source what the server puts in front of our lines; empty if it is not known yet
 */

const LINE_BYTES_MAX = 512;
/** Nick, user and host at their longest. */
const SOURCE_BYTES_MAX = 32 + 20 + 63 + 2;

/**
 * Bytes of text in one line to this target.
 * @param {string} target
 * @param {boolean} action
 * @param {Limits} limits
 */
function roomFor(target, action, limits) {
  const source = limits.source ? byteLength(limits.source) : SOURCE_BYTES_MAX;
  const frame = source + byteLength(target) + ":  PRIVMSG  :\r\n".length;
  return LINE_BYTES_MAX - frame - (action ? "\u0001ACTION \u0001".length : 0);
}

/**
 * The messages that a text makes: one if it fits.
 * @param {string} target
 * @param {string} text
 * @param {boolean} action
 * @param {Limits} limits
 * @returns {string[]}
 */
export function portions(target, text, action, limits) {
  const max = roomFor(target, action, limits);
  if (action) return split(text.replace(/\s*\n\s*/g, " "), max);
  const lines = text.split("\n");
  if (!limits.bytes) return lines.filter((line) => line.trim()).flatMap((line) => split(line, max));
  /** @type {string[][]} */
  const all = [[]];
  let count = 0;
  let bytes = 0;
  for (const line of lines.flatMap((line) => split(line, Math.min(limits.bytes, max * limits.lines)))) {
    const pieces = split(line, max).length;
    const more = byteLength(line) + 1;
    if (count > 0 && (count + pieces > limits.lines || bytes + more > limits.bytes)) {
      all.push([]);
      count = bytes = 0;
    }
    all[all.length - 1].push(line);
    count += pieces;
    bytes += more;
  }
  return all.map((part) => part.join("\n")).filter((part) => part.trim());
}

/**
 * @param {Outgoing} outgoing a portion
 * @param {Limits} limits
 * @returns {{command: string, params: string[], extra: Record<string, string | undefined>}[]} tags of the message
 *   itself belong on the first line
 */
export function wordsOf({ local, target, text, action }, limits) {
  const max = roomFor(target, action, limits);
  const lines = text.split("\n").map((line) => split(line, max));
  if (lines.length === 1 && lines[0].length === 1) {
    const said = action ? `\u0001ACTION ${text}\u0001` : text;
    return [{ command: "PRIVMSG", params: [target, said], extra: {} }];
  }
  const batch = `m${local}`;
  const said = lines.flatMap((pieces) =>
    pieces.map((piece, index) => ({
      command: "PRIVMSG",
      params: [target, piece],
      extra: { batch, "draft/multiline-concat": index > 0 ? "" : undefined },
    })),
  );
  return [
    { command: "BATCH", params: [`+${batch}`, "draft/multiline", target], extra: {} },
    ...said,
    { command: "BATCH", params: [`-${batch}`], extra: {} },
  ];
}
