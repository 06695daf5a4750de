/**
 * The whole state of the page, and what each event makes of it. Pure: no clock, no socket, no page.
 */

import { fold, isRoom } from "../irc/names.js";
import { amend, changed, counted, paged, put, said } from "./conversation.js";
import { changeMembers, presenceChanged } from "./members.js";
import { having, lacking, record } from "./record.js";
/** @typedef {import("./conversation.js").Conversation} Conversation */
/** @typedef {import("./conversation.js").Page} Page */
/** @typedef {import("../irc/client.js").Event} Event */
/** @typedef {import("../irc/events.js").Presence} Presence */

/**
 * @typedef {object} State
 * @property {{phase: "out" | "connecting" | "online" | "waiting", retryAt: number, wasOnline: boolean}} link
 * @property {import("../session.js").Visit | null} visit what the server tells before anybody signs in
 * @property {boolean} coming whether what the browser keeps may sign in yet
 * @property {{code: string, text: string} | null} refused why one is not signed in
 * @property {{nick: string, account: string}} me
 * @property {string} network
 * @property {string[]} can capabilities
 * @property {Record<string, Conversation>} conversations
 * @property {string} open the key of what is looked at; empty for none
 * @property {Record<string, Presence>} presences
 * @property {{id: number, text: string, about: string}[]} told short words that go away by themselves
 * @property {import("./settings.js").Settings} settings
 */

/**
 * What the page itself does.
 * @typedef {(
 *   {type: "open", conversation: string}
 *   | {type: "close", conversation: string}
 *   | {type: "page", conversation: string, where: "latest" | "older" | "newer" | "around", page: Page}
 *   | {type: "pinned", conversation: string, pinned: boolean}
 *   | {type: "divide", conversation: string, at: number | null}
 *   | {type: "read", conversation: string, at: number}
 *   | {type: "tick"}
 *   | {type: "forgotten", conversation: string, local: number}
 *   | {type: "heard-enough", id: number}
 *   | {type: "set", settings: Partial<import("./settings.js").Settings>}
 *   | {type: "visited", visit: import("../session.js").Visit}
 *   | {type: "signed-out"}
 * )} Doing
 */
/** @typedef {Event | Doing} Action */

/** Who stops typing does not always say so. */
const TYPING_MS = 6_500;
const TOLD_MAX = 4;
/** @type {State["link"]} */
const OUT = { phase: "out", retryAt: 0, wasOnline: false };

/**
 * @param {import("./settings.js").Settings} settings
 * @returns {State}
 */
export function initial(settings) {
  return {
    link: OUT,
    visit: null,
    coming: true,
    refused: null,
    me: { nick: "", account: "" },
    network: "",
    can: [],
    conversations: record(),
    open: "",
    presences: record(),
    told: [],
    settings,
  };
}

/**
 * @param {State} state
 * @param {Action} action
 * @param {number} now
 * @returns {State}
 */
export function reduce(state, action, now) {
  const { nick } = state.me;
  const change = (/** @type {string} */ name, /** @type {(it: Conversation) => Conversation} */ how) =>
    changed(state, name, how, now);
  switch (action.type) {
    case "connecting":
      return { ...state, refused: null, link: { ...state.link, phase: "connecting" } };
    case "waiting":
      return { ...state, link: { ...state.link, phase: "waiting", retryAt: action.retryAt } };
    case "refused":
      return {
        ...state,
        coming: false,
        refused: { code: action.code, text: action.text },
        link: OUT,
      };
    case "welcome":
      return welcome(state, action);
    case "known":
      return action.conversations.reduce((known, { name, at }) => {
        // A room is there when one is in it; a conversation, when something was said.
        if (isRoom(name) && !known.conversations[fold(name)]) return known;
        return changed(known, name, (it) => ({ ...it, latest: Math.max(it.latest, at) }), now);
      }, state);
    case "said":
      return change(action.conversation, (it) => said(it, action.entry, nick));
    case "edited":
    case "redacted":
    case "reacted":
      return change(action.conversation, (it) => amend(it, action, nick));
    case "caught-up":
      return change(action.conversation, (it) => paged(it, action, "caught-up", nick));
    case "page":
      return change(action.conversation, (it) => paged(it, action.page, action.where, nick));
    case "marker":
    case "read":
      return change(action.conversation, (it) =>
        action.at === null || (it.marker ?? 0) >= action.at
          ? it
          : counted({ ...it, marker: action.at }, nick),
      );
    case "typing":
      return change(action.conversation, (it) => typing(it, action, now));
    case "tick":
      return ticked(state, now);
    case "topic":
      return change(action.conversation, (it) => ({ ...it, topic: action.topic }));
    case "renamed":
      return renamed(state, action.conversation, action.to, now);
    case "outgoing":
      return change(action.outgoing.target, (it) => outgoing(it, action.outgoing));
    case "stored":
    case "forgotten":
      return change(action.conversation, (it) => ({
        ...it,
        outgoing: it.outgoing.filter(({ local }) => local !== action.local),
      }));
    case "told":
    case "invited":
    case "heard-enough":
      return told(state, action, now);
    case "open":
      return opened(state, action.conversation, now);
    case "close":
      return closed(state, action.conversation);
    case "pinned":
      return change(action.conversation, (it) =>
        it.pinned === action.pinned ? it : { ...it, pinned: action.pinned },
      );
    case "divide":
      return change(action.conversation, (it) => ({ ...it, divider: action.at }));
    case "set":
      return { ...state, settings: { ...state.settings, ...action.settings } };
    case "signed-out":
      return { ...initial(state.settings), visit: state.visit, coming: false };
    case "visited":
      return { ...state, visit: action.visit, coming: !!action.visit.account, link: OUT };
    case "registered":
      return state;
    case "presence":
      return presenceChanged(state, action);
    default:
      return changeMembers(state, action, now);
  }
}

/**
 * @param {State} state
 * @param {Extract<Event, {type: "welcome"}>} told
 * @returns {State}
 */
function welcome(state, { nick, account, network, can }) {
  /** @type {Record<string, Conversation>} */
  const conversations = record();
  for (const [key, it] of Object.entries(state.conversations)) {
    const joint =
      it.loaded && it.atEnd ? (it.joint ?? it.entries.findLast(({ id }) => id)?.id ?? null) : null;
    conversations[key] = { ...it, joint, typing: record() };
  }
  const link = { phase: /** @type {const} */ ("online"), retryAt: 0, wasOnline: true };
  return { ...state, refused: null, link, me: { nick, account }, network, can, conversations };
}

/**
 * @param {Conversation} it
 * @param {{nick: string, active: boolean}} who
 * @param {number} now
 */
function typing(it, { nick, active }, now) {
  const key = fold(nick);
  return {
    ...it,
    typing: active ? having(it.typing, key, { nick, until: now + TYPING_MS }) : lacking(it.typing, key),
  };
}

/**
 * @param {State} state
 * @param {number} now
 * @returns {State}
 */
function ticked(state, now) {
  let next = state;
  for (const it of Object.values(state.conversations)) {
    const writers = Object.entries(it.typing);
    const left = writers.filter(([, { until }]) => until > now);
    if (left.length < writers.length) {
      next = changed(next, it.name, (known) => ({ ...known, typing: record(left) }), now);
    }
  }
  return next;
}

/**
 * @param {State} state
 * @param {string} from
 * @param {string} to
 * @param {number} now
 * @returns {State}
 */
function renamed(state, from, to, now) {
  const it = state.conversations[fold(from)];
  if (!it) return state;
  const conversations = lacking(state.conversations, fold(from));
  const open = state.open === fold(from) ? fold(to) : state.open;
  return changed({ ...state, conversations, open }, to, () => ({ ...it, key: fold(to), name: to }), now);
}

/**
 * @param {Conversation} it
 * @param {import("../irc/outbox.js").Outgoing} one
 * @returns {Conversation}
 */
function outgoing(it, one) {
  const isKnown = it.outgoing.some(({ local }) => local === one.local);
  const all = isKnown
    ? it.outgoing.map((known) => (known.local === one.local ? one : known))
    : [...it.outgoing, one];
  return { ...it, outgoing: all };
}

/**
 * @param {State} state
 * @param {Extract<Action, {type: "told" | "invited" | "heard-enough"}>} action
 * @param {number} now
 * @returns {State}
 */
function told(state, action, now) {
  if (action.type === "heard-enough")
    return { ...state, told: state.told.filter(({ id }) => id !== action.id) };
  const id = Math.max(now, (state.told.at(-1)?.id ?? 0) + 1);
  const one =
    action.type === "told"
      ? { id, text: action.text, about: action.about }
      : { id, text: action.by, about: action.conversation };
  if (state.told.some(({ text, about }) => text === one.text && about === one.about)) return state;
  return { ...state, told: [...state.told, one].slice(-TOLD_MAX) };
}

/**
 * @param {State} state
 * @param {string} name
 * @param {number} now
 * @returns {State}
 */
function opened(state, name, now) {
  const key = fold(name);
  if (state.open === key) return state;
  const before = state.conversations[state.open];
  let next = before ? changed(state, before.name, put, now) : state;
  if (name) {
    // What was new on coming stays marked while one reads it.
    next = changed(
      next,
      name,
      (it) => ({ ...it, divider: it.unread > 0 ? (it.marker ?? (it.isRoom ? it.since : 0)) : null }),
      now,
    );
  }
  return { ...next, open: key };
}

/**
 * @param {State} state
 * @param {string} name
 * @returns {State}
 */
function closed(state, name) {
  const conversations = lacking(state.conversations, fold(name));
  return { ...state, conversations, open: state.open === fold(name) ? "" : state.open };
}
