/**
 * One line of IRC, read and written. Knows no meaning.
 * Source: modern.ircdocs.horse, IRCv3 message-tags.
 */

/**
 * @typedef {object} Message
 * @property {Map<string, string>} tags unescaped
 * @property {string} source as it was sent, such as `nick!user@host`; empty if there was none
 * @property {string} nick the source up to its `!`
 * @property {string} command in capitals
 * @property {string[]} params
 */

/** @type {Record<string, string>} */
const UNESCAPED = { ":": ";", s: " ", "\\": "\\", r: "\r", n: "\n" };
/** @type {Record<string, string>} */
const ESCAPED = { ";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n" };

/**
 * @param {string} line without its end
 * @returns {Message | null} nothing if there is no command
 */
export function parse(line) {
  let rest = line.replace(/[\r\n]+$/, "");
  /** @type {Map<string, string>} */
  const tags = new Map();
  if (rest.startsWith("@")) {
    const [section, after] = cut(rest.slice(1));
    rest = after;
    for (const tag of section.split(";")) {
      const at = tag.indexOf("=");
      const key = at < 0 ? tag : tag.slice(0, at);
      if (key) tags.set(key, at < 0 ? "" : unescapeValue(tag.slice(at + 1)));
    }
  }
  let source = "";
  if (rest.startsWith(":")) [source, rest] = cut(rest.slice(1));
  let command;
  [command, rest] = cut(rest);
  if (!command) return null;
  const params = [];
  while (rest) {
    if (rest.startsWith(":")) {
      params.push(rest.slice(1));
      break;
    }
    let param;
    [param, rest] = cut(rest);
    params.push(param);
  }
  return { tags, source, nick: source.split("!", 1)[0], command: command.toUpperCase(), params };
}

/**
 * @param {string} command
 * @param {string[]} params only the last may be empty, hold spaces or begin with a colon
 * @param {Record<string, string | undefined>} [tags] those without a value are left out
 * @returns {string} a line without its end
 */
export function format(command, params = [], tags = {}) {
  const section = Object.entries(tags)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => (value ? `${key}=${escapeValue(value)}` : key));
  const last = params.length - 1;
  const written = params.map((param, index) => {
    const plain = param !== "" && !param.startsWith(":") && !param.includes(" ");
    return index === last && !plain ? `:${param}` : param;
  });
  const head = section.length ? [`@${section.join(";")}`] : [];
  // No value can begin another line.
  return [...head, command, ...written].join(" ").replace(/[\r\n\0]/g, " ");
}

/** @param {string} value */
export function unescapeValue(value) {
  return value.replace(/\\(.?)/gsu, (_, c) => UNESCAPED[c] ?? c);
}

/** @param {string} value */
export function escapeValue(value) {
  return value.replace(/[; \\\r\n]/g, (c) => ESCAPED[c]);
}

/**
 * The first word, and what stands behind the spaces after it.
 * @param {string} text
 * @returns {[string, string]}
 */
function cut(text) {
  const at = text.indexOf(" ");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at).replace(/^ +/, "")];
}
