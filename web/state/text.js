/**
 * What a message looks like: formatting of the network and links, and the marks that people type. All of it is
 * text in pieces; nothing here is ever markup. Sources: modern.ircdocs.horse/formatting; CommonMark for the marks.
 */

/**
 * @typedef {object} Look
 * @property {boolean} [bold]
 * @property {boolean} [italic]
 * @property {boolean} [underline]
 * @property {boolean} [strike]
 * @property {boolean} [mono]
 * @property {number} [ink] one of 16 colours
 * @property {number} [ground]
 */
/** @typedef {Look & {text: string, link?: string}} Piece */
/** @typedef {{code: string, lines?: undefined} | {lines: Piece[][], code?: undefined}} Block */

const CODES = /** @type {const} */ ({
  "\u0002": "bold",
  "\u001d": "italic",
  "\u001f": "underline",
  "\u001e": "strike",
  "\u0011": "mono",
});
const COLOR = /^\u0003(?:(\d{1,2})(?:,(\d{1,2}))?)?/;
const HEX = /^\u0004(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?/;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/;
const INKS = 16;
const LINK = /https?:\/\/[^\s<>"\u0000-\u001f]+/gi;

/**
 * @param {string} wire as it was sent
 * @returns {Block[]} lines, and blocks of code of two lines or more
 */
export function blocks(wire) {
  /** @type {Block[]} */
  const all = [];
  /** @type {Piece[][]} */
  let lines = [];
  const flush = () => {
    if (lines.length) all.push({ lines });
    lines = [];
  };
  const read = wire.split("\n").map(pieces);
  for (let at = 0; at < read.length; at += 1) {
    let end = at;
    while (end < read.length && isCode(read[end])) end += 1;
    if (end - at < 2) {
      lines.push(read[at]);
      continue;
    }
    flush();
    all.push({ code: read.slice(at, end).map(plainOf).join("\n") });
    at = end - 1;
  }
  flush();
  return all;
}

/** @param {Piece[]} line */
function isCode(line) {
  return line.length > 0 && line.every(({ mono }) => mono);
}

/** @param {Piece[]} line */
function plainOf(line) {
  return line.map(({ text }) => text).join("");
}

/**
 * The words alone.
 * @param {string} wire
 */
export function plain(wire) {
  return wire
    .split("\n")
    .map((line) => plainOf(looks(line)))
    .join("\n");
}

/**
 * One line, with its links.
 * @param {string} line
 * @returns {Piece[]}
 */
export function pieces(line) {
  const all = looks(line);
  const text = plainOf(all);
  const found = [...text.matchAll(LINK)].map((match) => ({ start: match.index, link: trimmed(match[0]) }));
  if (!found.length) return all;
  /** @type {Piece[]} */
  const linked = [];
  let at = 0;
  for (const piece of all) {
    let rest = piece.text;
    while (rest) {
      const link = piece.mono
        ? undefined
        : found.find(({ start, link }) => at < start + link.length && start < at + rest.length);
      const isIn = link && link.start <= at;
      const end = !link
        ? rest.length
        : isIn
          ? Math.min(link.start + link.link.length - at, rest.length)
          : link.start - at;
      linked.push({ ...piece, text: rest.slice(0, end), ...(isIn ? { link: link.link } : {}) });
      rest = rest.slice(end);
      at += end;
    }
  }
  return linked;
}

/**
 * A link without the punctuation of the sentence around it.
 * @param {string} link
 */
function trimmed(link) {
  let end = link.length;
  for (; end > 0; end -= 1) {
    const last = link[end - 1];
    const inside = link.slice(0, end);
    if (")]}".includes(last)) {
      const open = "([{"[")]}".indexOf(last)];
      if (inside.split(open).length >= inside.split(last).length) break;
    } else if (!".,;:!?'*_~".includes(last)) {
      break;
    }
  }
  return link.slice(0, end);
}

/**
 * @param {string} line
 * @returns {Piece[]}
 */
function looks(line) {
  /** @type {Piece[]} */
  const all = [];
  /** @type {Look} */
  let look = {};
  let rest = line;
  while (rest) {
    const at = rest.search(CONTROL);
    const text = at < 0 ? rest : rest.slice(0, at);
    if (text) all.push({ ...look, text });
    if (at < 0) break;
    rest = rest.slice(at);
    const code = rest[0];
    let length = 1;
    if (code in CODES) {
      const name = CODES[/** @type {keyof typeof CODES} */ (code)];
      look = { ...look, [name]: !look[name] };
    } else if (code === "\u0003") {
      const [whole, ink, ground] = COLOR.exec(rest) ?? [code];
      length = whole.length;
      look = {
        ...look,
        ink: inkOf(ink),
        ground: ink === undefined ? undefined : ground === undefined ? look.ground : inkOf(ground),
      };
    } else if (code === "\u0004") {
      length = (HEX.exec(rest) ?? [code])[0].length;
    } else if (code === "\u000f") {
      look = {};
    }
    rest = rest.slice(length);
  }
  return all;
}

/** @param {string | undefined} digits */
function inkOf(digits) {
  const ink = Number(digits);
  return digits !== undefined && ink < INKS ? ink : undefined;
}

/** Marks that people type, the longest first, and what stands for them on the wire. */
const MARKS = /** @type {const} */ ([
  ["**", "\u0002"],
  ["~~", "\u001e"],
  ["*", "\u001d"],
  ["_", "\u001d"],
]);
const FENCE = /^```\w*$/;

/**
 * What is sent for what was typed.
 * @param {string} typed
 */
export function encode(typed) {
  const lines = typed.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "").split("\n");
  /** @type {string[]} */
  const sent = [];
  for (let at = 0; at < lines.length; at += 1) {
    const end = FENCE.test(lines[at].trim())
      ? lines.findIndex((line, index) => index > at && line.trim() === "```")
      : -1;
    if (end < 0) {
      sent.push(encodeLine(lines[at]));
      continue;
    }
    // A blank line of a block stays a part of it.
    sent.push(...lines.slice(at + 1, end).map((line) => `\u0011${line || " "}`));
    at = end;
  }
  return sent.join("\n");
}

/** @param {string} line */
function encodeLine(line) {
  let sent = "";
  for (let at = 0; at < line.length; ) {
    const rest = line.slice(at);
    const code = /^`([^`]+)`/.exec(rest);
    const link = /^https?:\/\/\S+/i.exec(rest);
    const mark = MARKS.find(([mark]) => rest.startsWith(mark) && closes(line, at, mark) > 0);
    if (rest.startsWith("\\") && /^\\[*_~`\\]/.test(rest)) {
      sent += rest[1];
      at += 2;
    } else if (code) {
      sent += `\u0011${code[1]}\u0011`;
      at += code[0].length;
    } else if (link) {
      sent += link[0];
      at += link[0].length;
    } else if (mark) {
      const [sign, wire] = mark;
      const end = closes(line, at, sign);
      sent += wire + encodeLine(line.slice(at + sign.length, end)) + wire;
      at = end + sign.length;
    } else {
      const [c] = rest;
      sent += c;
      at += c.length;
    }
  }
  return sent;
}

/**
 * Where a mark that opens here is closed: not in a word, and around something that is no space.
 * @param {string} line
 * @param {number} at
 * @param {string} mark
 */
function closes(line, at, mark) {
  const isWord = (/** @type {string | undefined} */ c) => c !== undefined && /[\p{L}\p{N}]/u.test(c);
  const start = at + mark.length;
  if (isWord(line[at - 1]) || !line[start] || /\s/.test(line[start]) || line[start] === mark[0]) return -1;
  for (let end = line.indexOf(mark, start + 1); end > 0; end = line.indexOf(mark, end + 1)) {
    if (!/\s/.test(line[end - 1]) && !isWord(line[end + mark.length]) && line[end + mark.length] !== mark[0])
      return end;
  }
  return -1;
}

/**
 * What to type to send this: for a message that is edited.
 * @param {string} wire
 */
export function decode(wire) {
  const written = blocks(wire).map((block) => {
    if (block.code !== undefined) return ["```", block.code.replace(/^ $/gm, ""), "```"].join("\n");
    return block.lines.map((line) => line.map(typedPiece).join("")).join("\n");
  });
  return written.join("\n");
}

/** @param {Piece} piece */
function typedPiece({ text, bold, italic, strike, mono, link }) {
  if (link) return text;
  if (mono) return `\`${text}\``;
  const escaped = text.replace(/[\\`]|(?<![\p{L}\p{N}])[*_~]|[*_~](?![\p{L}\p{N}])/gu, (c) => `\\${c}`);
  const signs = [bold && "**", italic && "*", strike && "~~"].filter(Boolean);
  return signs.join("") + escaped + signs.reverse().join("");
}
