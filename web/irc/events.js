/**
 * What a line means: lines of the server made into events, without any memory.
 * Sources: modern.ircdocs.horse; IRCv3 reply, draft/react, typing, draft/message-redaction; chat-secure's EDIT.
 */

import { fold, isRoom } from "./names.js";
/** @typedef {import("./message.js").Message} Message */
/** @typedef {import("./batches.js").Item} Item */

/**
 * @typedef {"message" | "action" | "notice" | "join" | "part" | "kick" | "topic" | "mode" | "rename"} Kind
 */

/**
 * @typedef {object} Entry something in a conversation that is shown at its place
 * @property {string} id the server's; empty if it gave none
 * @property {number} at milliseconds
 * @property {string} time the same as the server wrote it
 * @property {Kind} kind
 * @property {string} from
 * @property {string} text
 * @property {boolean} own
 * @property {string} [account]
 * @property {string} [replyTo] the id of the message that it answers
 * @property {string} [mark] the id that its sender gave it
 * @property {string} [whom] who was kicked; a room's new name
 * @property {boolean} [bot]
 */

/** @typedef {{nick: string, account: string}} Me */
/** @typedef {"online" | "away" | "offline"} Presence */

/**
 * Something that is heard. `conversation` is as the server spells it.
 * @typedef {(
 *   {type: "said", conversation: string, entry: Entry}
 *   | {type: "edited", conversation: string, target: string, id: string, at: number, text: string, own: boolean}
 *   | {type: "redacted", conversation: string, target: string, by: string, reason: string}
 *   | {type: "reacted", conversation: string, target: string, id: string, at: number, nick: string, emoji: string, on: boolean}
 *   | {type: "typing", conversation: string, nick: string, active: boolean}
 *   | {type: "joined", conversation: string, nick: string, own: boolean, at: number, account: string}
 *   | {type: "left", conversation: string, nick: string, own: boolean, by?: string, reason: string}
 *   | {type: "quit", nick: string}
 *   | {type: "nick", from: string, to: string, own: boolean}
 *   | {type: "topic", conversation: string, topic: string}
 *   | {type: "renamed", conversation: string, to: string}
 *   | {type: "roles", conversation: string, changes: {nick: string, role: string, on: boolean}[]}
 *   | {type: "presence", nick: string, presence: Presence, watched?: boolean}
 *   | {type: "marker", conversation: string, at: number | null}
 *   | {type: "invited", conversation: string, by: string}
 *   | {type: "account", nick: string, account: string}
 *   | {type: "told", text: string, about: string}
 * )} Heard
 */

/** The tag with the id that a message of this client bears, to be found again in the history. */
export const MARK_TAG = "+chat-secure/id";
export const REPLY_TAG = "+draft/reply";
export const REACT_TAG = "+draft/react";
export const UNREACT_TAG = "+draft/unreact";
export const TYPING_TAG = "+typing";
/** Who needs more than this has something to say. */
const REACTION_LENGTH_MAX = 32;
/** Modes of a room that are a member's role. */
const ROLES = "qaohv";
/** Modes that take a parameter when set, and when taken away. */
const WITH_PARAMETER = { set: "beIklqaohv", unset: "beIqaohv" };

/**
 * When a line was said.
 * @param {Message} message
 * @param {number} now for servers that do not tell
 */
export function moment(message, now) {
  const time = message.tags.get("time") ?? new Date(now).toISOString();
  const at = Date.parse(time);
  return Number.isNaN(at) ? { at: now, time: new Date(now).toISOString() } : { at, time };
}

/**
 * @param {Item} item
 * @param {Me} me
 * @param {number} now
 * @returns {Heard[]}
 */
export function read(item, me, now) {
  if (item.message) return readLine(item.message, me, now);
  const { batch } = item;
  if (batch.type !== "draft/multiline") return batch.items.flatMap((inner) => read(inner, me, now));
  let text = "";
  batch.items.forEach(({ message }, index) => {
    if (!message) return;
    const joined = index === 0 || message.tags.has("draft/multiline-concat");
    text += (joined ? "" : "\n") + (message.params[1] ?? "");
  });
  const first = batch.items[0]?.message;
  const command = first?.command ?? "PRIVMSG";
  return readLine({ ...batch.opening, command, params: [batch.params[0] ?? "", text] }, me, now);
}

/**
 * @param {Message} message
 * @param {Me} me
 * @param {number} now
 * @returns {Heard[]}
 */
function readLine(message, me, now) {
  const { command, params, nick } = message;
  const [first = "", second = "", third = ""] = params;
  const own = isMe(message, me);
  const { at } = moment(message, now);
  const conversation = place(message, first, own);
  const shown = (/** @type {Partial<Entry>} */ what) => entryOf(message, conversation, { ...what, own }, now);
  switch (command) {
    case "PRIVMSG":
    case "NOTICE":
      return spoken(message, conversation, own, now);
    case "EDIT":
      return [{ type: "edited", conversation, target: second, id: id(message), at, text: third, own }];
    case "REDACT":
      return [{ type: "redacted", conversation, target: second, by: nick, reason: third }];
    case "TAGMSG":
      return tagged(message, conversation, own, at);
    case "JOIN": {
      const account = second && second !== "*" ? second : (message.tags.get("account") ?? "");
      return [{ type: "joined", conversation, nick, own, at, account }, ...shown({ kind: "join" })];
    }
    case "PART": {
      const left = { conversation, nick, own, reason: second };
      // Who leaves a room sees it no more.
      return [{ type: "left", ...left }, ...(own ? [] : shown({ kind: "part", text: second }))];
    }
    case "KICK": {
      const isOut = fold(second) === fold(me.nick);
      // Where none was given, servers put in who did it.
      const reason = third === nick ? "" : third;
      const left = { conversation, nick: second, own: isOut, by: nick, reason };
      return [{ type: "left", ...left }, ...shown({ kind: "kick", whom: second, text: reason })];
    }
    case "QUIT":
      return [{ type: "quit", nick }];
    case "NICK":
      return [{ type: "nick", from: nick, to: first, own }];
    case "TOPIC":
      return [{ type: "topic", conversation, topic: second }, ...shown({ kind: "topic", text: second })];
    case "RENAME":
      return [...shown({ kind: "rename", whom: second }), { type: "renamed", conversation, to: second }];
    case "MODE":
      return isRoom(first)
        ? [
            { type: "roles", conversation, changes: roles(params) },
            ...shown({ kind: "mode", text: params.slice(1).join(" ") }),
          ]
        : [];
    case "AWAY":
      return [{ type: "presence", nick, presence: presenceOf(first) }];
    case "ACCOUNT":
      return [{ type: "account", nick, account: first === "*" ? "" : first }];
    case "MARKREAD":
      return [{ type: "marker", conversation: first, at: marker(second) }];
    case "INVITE":
      return fold(first) === fold(me.nick) ? [{ type: "invited", conversation: second, by: nick }] : [];
    default:
      return [];
  }
}

/**
 * @param {Message} message
 * @param {Me} me
 */
function isMe(message, me) {
  const account = message.tags.get("account");
  return fold(message.nick) === fold(me.nick) || (!!account && fold(account) === fold(me.account));
}

/**
 * Where it was said: a room, also if only a part of it was meant, or the other side.
 * @param {Message} message
 * @param {string} target
 * @param {boolean} own
 */
function place(message, target, own) {
  const room = target.replace(/^[~&@%+]+(?=#)/, "");
  return isRoom(room) || own ? room : message.nick;
}

/** @param {Message} message */
function id(message) {
  return message.tags.get("msgid") ?? "";
}

/**
 * @param {Message} message
 * @param {string} conversation
 * @param {Partial<Entry>} what
 * @param {number} now
 * @returns {Heard[]}
 */
function entryOf(message, conversation, what, now) {
  // What has no id is told to this connection alone, such as which rooms one is in: it is no news.
  if (!id(message)) return [];
  return [{ type: "said", conversation, entry: makeEntry(message, what, now) }];
}

/**
 * @param {Message} message
 * @param {Partial<Entry>} what
 * @param {number} now
 * @returns {Entry}
 */
function makeEntry(message, what, now) {
  const { tags } = message;
  return {
    id: id(message),
    ...moment(message, now),
    kind: "message",
    from: message.nick,
    text: "",
    own: false,
    account: tags.get("account"),
    replyTo: tags.get(REPLY_TAG),
    mark: tags.get(MARK_TAG),
    bot: tags.has("bot"),
    ...what,
  };
}

/**
 * @param {Message} message
 * @param {string} conversation
 * @param {boolean} own
 * @param {number} now
 * @returns {Heard[]}
 */
function spoken(message, conversation, own, now) {
  let text = message.params[1] ?? "";
  // The server itself is nobody to talk with.
  if (!message.source.includes("!")) return [{ type: "told", text, about: "" }];
  /** @type {Kind} */
  let kind = message.command === "NOTICE" ? "notice" : "message";
  if (text.startsWith("\u0001")) {
    // Other requests of this kind are for programs.
    if (!text.startsWith("\u0001ACTION")) return [];
    kind = "action";
    text = text.replace(/^\u0001ACTION ?/, "").replace(/\u0001$/, "");
  }
  return [{ type: "said", conversation, entry: makeEntry(message, { kind, text, own }, now) }];
}

/**
 * @param {Message} message
 * @param {string} conversation
 * @param {boolean} own
 * @param {number} at
 * @returns {Heard[]}
 */
function tagged(message, conversation, own, at) {
  const { tags, nick } = message;
  const typing = tags.get(TYPING_TAG);
  if (typing) return own ? [] : [{ type: "typing", conversation, nick, active: typing === "active" }];
  const on = tags.has(REACT_TAG);
  const emoji = tags.get(on ? REACT_TAG : UNREACT_TAG) ?? "";
  const target = tags.get(REPLY_TAG);
  if (!target || !emoji || emoji.length > REACTION_LENGTH_MAX) return [];
  return [{ type: "reacted", conversation, target, id: id(message), at, nick, emoji, on }];
}

/**
 * @param {string[]} params of MODE
 */
function roles([, modes = "", ...values]) {
  const changes = [];
  let on = true;
  for (const mode of modes) {
    if (mode === "+" || mode === "-") {
      on = mode === "+";
      continue;
    }
    const value = WITH_PARAMETER[on ? "set" : "unset"].includes(mode) ? values.shift() : undefined;
    if (value && ROLES.includes(mode)) changes.push({ nick: value, role: mode, on });
  }
  return changes;
}

/**
 * What AWAY says. Our server marks members without a connection by the word `offline`.
 * @param {string} text
 * @returns {Presence}
 */
function presenceOf(text) {
  if (!text) return "online";
  return text === "offline" ? "offline" : "away";
}

/** @param {string} value such as `timestamp=2026-01-01T00:00:00.000Z`, or `*` */
function marker(value) {
  const at = Date.parse(value.replace(/^timestamp=/, ""));
  return Number.isNaN(at) ? null : at;
}
