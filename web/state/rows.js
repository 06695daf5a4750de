/** What a conversation looks like from top to bottom: pure data, which the page draws row by row. */

import { fold, mentions } from "../irc/names.js";
import { isSpoken } from "./conversation.js";
/** @typedef {import("../irc/events.js").Entry} Entry */
/** @typedef {import("./conversation.js").Conversation} Conversation */
/** @typedef {import("../irc/outbox.js").Outgoing} Outgoing */

/**
 * @typedef {object} Shown a message as it is by now
 * @property {Entry} entry
 * @property {string} text
 * @property {boolean} head whether who and when stand above it
 * @property {boolean} edited
 * @property {boolean} gone whether it was taken back
 * @property {boolean} mention
 * @property {{emoji: string, nicks: string[], mine: boolean}[]} reactions
 * @property {{id: string, from: string, text: string} | null} reply
 */

/**
 * @typedef {(
 *   {key: string, kind: "day", at: number}
 *   | {key: string, kind: "new"}
 *   | {key: string, kind: "message", shown: Shown}
 *   | {key: string, kind: "happened", entries: Entry[]}
 *   | {key: string, kind: "outgoing", outgoing: Outgoing, head: boolean}
 * )} Row
 */

/** Messages of one person that follow so closely stand below one name. */
const TOGETHER_MS = 5 * 60_000;
/** What happens often and matters little is told in one row. */
const QUIET = new Set(["join", "part"]);
const QUOTE_LENGTH = 140;

/**
 * @param {Conversation} it
 * @param {string} nick one's own
 * @param {(at: number) => string} dayOf
 * @returns {Row[]}
 */
export function rowsOf(it, nick, dayOf) {
  /** @type {Row[]} */
  const rows = [];
  const byId = new Map(it.entries.map((entry) => [entry.id, entry]));
  let day = "";
  let isDivided = it.divider === null;
  /** @type {Entry | null} */
  let before = null;
  for (const entry of it.entries) {
    const today = dayOf(entry.at);
    if (today !== day) {
      rows.push({ key: `day ${today}`, kind: "day", at: entry.at });
      day = today;
      before = null;
    }
    if (!isDivided && entry.at > (it.divider ?? 0) && !entry.own && isSpoken(entry)) {
      rows.push({ key: "new", kind: "new" });
      isDivided = true;
      before = null;
    }
    if (isSpoken(entry)) {
      rows.push({
        key: entry.id || `at ${entry.at}`,
        kind: "message",
        shown: show(it, entry, before, byId, nick),
      });
      before = entry;
      continue;
    }
    before = null;
    const last = rows.at(-1);
    if (QUIET.has(entry.kind) && last?.kind === "happened" && QUIET.has(last.entries[0].kind)) {
      rows[rows.length - 1] = { ...last, entries: [...last.entries, entry] };
    } else {
      rows.push({ key: entry.id, kind: "happened", entries: [entry] });
    }
  }
  if (!it.atEnd) return rows;
  for (const outgoing of it.outgoing) {
    const head = !!outgoing.replyTo || !before?.own || outgoing.at - before.at > TOGETHER_MS;
    rows.push({
      key: `outgoing ${outgoing.local}`,
      kind: "outgoing",
      outgoing,
      head: head && rows.at(-1)?.kind !== "outgoing",
    });
  }
  return rows;
}

/**
 * @param {Conversation} it
 * @param {Entry} entry
 * @param {Entry | null} before
 * @param {Map<string, Entry>} byId
 * @param {string} nick
 * @returns {Shown}
 */
function show(it, entry, before, byId, nick) {
  const { text, edited } = textOf(it, entry);
  const gone = it.amended.redacted[entry.id] !== undefined;
  const isNear =
    before && before.from === entry.from && entry.at - before.at < TOGETHER_MS && before.kind !== "action";
  return {
    entry,
    text,
    edited,
    gone,
    head: !isNear || !!entry.replyTo || entry.kind === "action",
    mention: !entry.own && !gone && mentions(text, nick),
    reactions: gone ? [] : reactionsOf(it, entry.id, nick),
    reply: entry.replyTo ? quote(it, entry.replyTo, byId) : null,
  };
}

/**
 * @param {Conversation} it
 * @param {Entry} entry
 * @returns {{text: string, edited: boolean}} the last text that was not taken back
 */
export function textOf(it, entry) {
  const edits = (it.amended.edits[entry.id] ?? []).filter(({ id }) => it.amended.redacted[id] === undefined);
  return { text: edits.at(-1)?.text ?? entry.text, edited: edits.length > 0 };
}

/**
 * @param {Conversation} it
 * @param {string} id
 * @param {string} nick
 */
function reactionsOf(it, id, nick) {
  /** @type {Map<string, string[]>} */
  const byEmoji = new Map();
  const all = Object.values(it.amended.reactions[id] ?? {}).filter(({ on }) => on);
  for (const { emoji, nick: by } of all.sort((a, b) => a.at - b.at)) {
    byEmoji.set(emoji, [...(byEmoji.get(emoji) ?? []), by]);
  }
  return [...byEmoji].map(([emoji, nicks]) => ({
    emoji,
    nicks,
    mine: nicks.some((by) => fold(by) === fold(nick)),
  }));
}

/**
 * @param {Conversation} it
 * @param {string} id
 * @param {Map<string, Entry>} byId
 */
function quote(it, id, byId) {
  const entry = byId.get(id);
  if (!entry) return { id, from: "", text: "" };
  const isGone = it.amended.redacted[id] !== undefined;
  return { id, from: entry.from, text: isGone ? "" : textOf(it, entry).text.slice(0, QUOTE_LENGTH) };
}
