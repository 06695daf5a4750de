/**
 * One conversation: what of it is at hand, what became of its messages, what is new. Every function gives a new
 * conversation and changes none.
 */

import { fold, isRoom, mentions } from "../irc/names.js";
import { having, lacking, record } from "./record.js";
/** @typedef {import("../irc/events.js").Entry} Entry */
/** @typedef {import("../irc/events.js").Heard} Heard */
/** @typedef {import("../irc/outbox.js").Outgoing} Outgoing */
/** @typedef {{ok?: boolean, heard: Heard[], isEnd: boolean, first: string, last: string}} Page */

/**
 * @typedef {object} Amendments what was said later of messages, also of some that are not at hand
 * @property {Record<string, {id: string, at: number, text: string}[]>} edits
 * @property {Record<string, string>} redacted who took it back
 * @property {Record<string, Record<string, {emoji: string, nick: string, at: number, on: boolean}>>} reactions
 */

/** @typedef {{nick: string, roles: string, account: string}} Member */

/**
 * @typedef {object} Conversation
 * @property {string} key
 * @property {string} name
 * @property {boolean} isRoom
 * @property {boolean} joined rooms alone are joined
 * @property {string} topic
 * @property {Record<string, Member> | null} members null until they are told
 * @property {Entry[]} entries a stretch of the history without gaps
 * @property {boolean} loaded whether entries were fetched at all
 * @property {boolean} hasOlder whether there is something before them
 * @property {boolean} atEnd whether they go up to now
 * @property {string} first the place in front of which older ones are asked for
 * @property {string} last
 * @property {string | null} joint the last entry before the connection broke
 * @property {Amendments} amended
 * @property {Outgoing[]} outgoing
 * @property {number | null} marker up to where it was read
 * @property {number} since when it became known here
 * @property {number} latest when something was last said
 * @property {number} unread
 * @property {number} mentioned
 * @property {boolean} more whether there are more unread ones than are at hand
 * @property {number | null} divider above what is newer stands a line
 * @property {Record<string, {nick: string, until: number}>} typing
 * @property {boolean} pinned whether its end is looked at
 */

/** So many entries are at hand, and on the page. */
export const ENTRIES_MAX = 400;
/** Who reads further up keeps what they read while so many come in. */
const GROWN_MAX = 800;
/** A conversation that is not looked at keeps the end only. */
const IDLE_MAX = 150;
/** Messages of which amendments are remembered. */
const AMENDED_MAX = 2_000;
const SPOKEN = new Set(["message", "action", "notice"]);

/**
 * @param {string} name
 * @param {number} now
 * @returns {Conversation}
 */
export function makeConversation(name, now) {
  return {
    key: fold(name),
    name,
    isRoom: isRoom(name),
    joined: false,
    topic: "",
    members: null,
    entries: [],
    loaded: false,
    hasOlder: true,
    atEnd: true,
    first: "",
    last: "",
    joint: null,
    amended: { edits: record(), redacted: record(), reactions: record() },
    outgoing: [],
    marker: null,
    since: now,
    latest: 0,
    unread: 0,
    mentioned: 0,
    more: false,
    divider: null,
    typing: record(),
    pinned: true,
  };
}

/** @param {Entry} entry */
export function isSpoken(entry) {
  return SPOKEN.has(entry.kind);
}

/**
 * Something was said just now.
 * @param {Conversation} it
 * @param {Entry} entry
 * @param {string} nick one's own
 * @returns {Conversation}
 */
export function said(it, entry, nick) {
  if (entry.id && it.entries.some(({ id }) => id === entry.id)) return it;
  const typing = lacking(it.typing, fold(entry.from));
  const next = { ...it, typing, latest: isSpoken(entry) ? Math.max(it.latest, entry.at) : it.latest };
  const isNew = isSpoken(entry) && !entry.own && entry.at > floor(it);
  if (!it.loaded || !it.atEnd) {
    const isMention = isNew && mentions(entry.text, nick);
    return { ...next, unread: it.unread + Number(isNew), mentioned: it.mentioned + Number(isMention) };
  }
  if (!it.pinned && it.entries.length >= GROWN_MAX) return { ...next, atEnd: false };
  const last = entry.id ? `msgid=${entry.id}` : it.last;
  return counted(trimmed({ ...next, entries: [...it.entries, entry], last }, "old"), nick);
}

/**
 * An edit, a redaction or a reaction.
 * @param {Conversation} it
 * @param {Heard} heard
 * @param {string} nick
 * @returns {Conversation}
 */
export function amend(it, heard, nick) {
  const { edits, redacted, reactions } = it.amended;
  if (heard.type === "edited") {
    const known = edits[heard.target] ?? [];
    if (known.some(({ id }) => id === heard.id)) return it;
    const { id, at, text } = heard;
    const all = [...known, { id, at, text }].sort((a, b) => a.at - b.at);
    return { ...it, amended: { ...it.amended, edits: bounded(having(edits, heard.target, all)) } };
  }
  if (heard.type === "redacted") {
    const all = bounded(having(redacted, heard.target, heard.by));
    return counted({ ...it, amended: { ...it.amended, redacted: all } }, nick);
  }
  if (heard.type === "reacted") {
    const known = reactions[heard.target] ?? record();
    const key = `${heard.emoji} ${fold(heard.nick)}`;
    if ((known[key]?.at ?? 0) > heard.at) return it;
    const { emoji, nick: by, at, on } = heard;
    const all = bounded(having(reactions, heard.target, having(known, key, { emoji, nick: by, at, on })));
    return { ...it, amended: { ...it.amended, reactions: all } };
  }
  return it;
}

/**
 * A page of history takes its place.
 * @param {Conversation} it
 * @param {Page} page
 * @param {"latest" | "caught-up" | "older" | "newer" | "around"} where
 * @param {string} nick
 * @returns {Conversation}
 */
export function paged(it, page, where, nick) {
  const entries = page.heard.flatMap((heard) => (heard.type === "said" ? [heard.entry] : []));
  let next = page.heard.reduce((known, heard) => amend(known, heard, nick), it);
  const latest = entries.filter(isSpoken).at(-1)?.at ?? 0;
  next = { ...next, latest: Math.max(next.latest, latest) };
  const first = page.first || next.first;
  const last = page.last || next.last;
  switch (where) {
    case "older": {
      const joined = { ...next, entries: union(entries, next.entries), first, hasOlder: !page.isEnd };
      return trimmed(joined, "new");
    }
    case "newer": {
      const joined = { ...next, entries: union(next.entries, entries), last, atEnd: page.isEnd };
      return counted(trimmed(joined, "old"), nick);
    }
    case "around":
      return { ...next, entries, loaded: true, first, last, hasOlder: true, atEnd: false };
    case "caught-up":
      if (it.loaded && !it.atEnd) return count(next, entries, nick);
      if (it.loaded && joins(it, page, entries)) {
        const merged = merge(next.entries, entries);
        return counted(trimmed({ ...next, entries: merged, last, joint: null }, "old"), nick);
      }
  }
  const whole = {
    ...next,
    entries,
    loaded: true,
    first,
    last,
    hasOlder: !page.isEnd,
    atEnd: true,
    joint: null,
  };
  return counted(whole, nick);
}

/**
 * @param {Conversation} it
 * @param {Page} page
 * @param {Entry[]} entries
 */
function joins(it, page, entries) {
  const known = it.joint ?? it.entries.at(-1)?.id;
  return page.isEnd || entries.some(({ id }) => id === known);
}

/**
 * What the page shows counts; what came in since stands behind it.
 * @param {Entry[]} known
 * @param {Entry[]} page
 */
function merge(known, page) {
  if (!page.length) return known;
  const inPage = new Set(page.map(({ id }) => id));
  const rest = known.filter(({ id }) => id && !inPage.has(id));
  const start = page[0].at;
  return [...rest.filter(({ at }) => at < start), ...page, ...rest.filter(({ at }) => at >= start)];
}

/**
 * @param {Entry[]} before
 * @param {Entry[]} after
 */
function union(before, after) {
  const known = new Set(before.map(({ id }) => id));
  return [...before, ...after.filter(({ id }) => !id || !known.has(id))];
}

/**
 * @param {Conversation} it
 * @param {"old" | "new"} side what is let go of
 * @returns {Conversation}
 */
function trimmed(it, side) {
  const max = side === "old" && !it.pinned ? GROWN_MAX : ENTRIES_MAX;
  if (it.entries.length <= max) return it;
  if (side === "old") {
    const entries = it.entries.slice(-max);
    return { ...it, entries, first: placeOf(entries[0]), hasOlder: true };
  }
  const entries = it.entries.slice(0, max);
  return { ...it, entries, last: placeOf(entries[max - 1]), atEnd: false };
}

/**
 * It is not looked at any more.
 * @param {Conversation} it
 * @returns {Conversation}
 */
export function put(it) {
  // Who left it far up comes back to its end.
  if (!it.atEnd) return { ...it, entries: [], loaded: false, atEnd: true, divider: null, pinned: true };
  const entries = it.entries.slice(-IDLE_MAX);
  if (entries.length === it.entries.length) return { ...it, divider: null, pinned: true };
  return { ...it, entries, first: placeOf(entries[0]), hasOlder: true, divider: null, pinned: true };
}

/** @param {Entry} entry */
function placeOf(entry) {
  return entry.id ? `msgid=${entry.id}` : `timestamp=${entry.time}`;
}

/**
 * Up to where nothing is new.
 * @param {Conversation} it
 */
function floor(it) {
  return it.marker ?? (it.isRoom ? it.since : 0);
}

/**
 * @param {Conversation} it
 * @param {string} nick
 * @returns {Conversation}
 */
export function counted(it, nick) {
  if (it.loaded && it.atEnd) return count(it, it.entries, nick);
  return floor(it) >= it.latest ? { ...it, unread: 0, mentioned: 0, more: false } : it;
}

/**
 * @param {Conversation} it
 * @param {Entry[]} entries
 * @param {string} nick
 * @returns {Conversation}
 */
function count(it, entries, nick) {
  const from = floor(it);
  const isNew = (/** @type {Entry} */ one) =>
    one.at > from && !one.own && isSpoken(one) && it.amended.redacted[one.id] === undefined;
  const fresh = entries.filter(isNew);
  const mentioned = fresh.filter(({ text }) => mentions(text, nick)).length;
  const more = it.hasOlder && fresh.length > 0 && fresh[0] === entries.find(isSpoken);
  return { ...it, unread: fresh.length, mentioned, more };
}

/**
 * @template T
 * @param {Record<string, T>} all
 * @returns {Record<string, T>} without the ones that came first, if there are too many
 */
function bounded(all) {
  const keys = Object.keys(all);
  if (keys.length > AMENDED_MAX) delete all[keys[0]];
  return all;
}

/**
 * Changes one conversation, which comes about where there was none.
 * @param {import("./reducer.js").State} state
 * @param {string} name
 * @param {(it: Conversation) => Conversation} how
 * @param {number} now
 * @returns {import("./reducer.js").State}
 */
export function changed(state, name, how, now) {
  if (!name) return state;
  const key = fold(name);
  const known = state.conversations[key];
  const next = how(known ?? makeConversation(name, now));
  return next === known ? state : { ...state, conversations: having(state.conversations, key, next) };
}
