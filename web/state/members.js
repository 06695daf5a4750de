/** Who is where, and whether they are there. */

import { fold } from "../irc/names.js";
import { changed } from "./conversation.js";
import { having, lacking, record } from "./record.js";
/** @typedef {import("./reducer.js").State} State */
/** @typedef {import("./reducer.js").Action} Action */
/** @typedef {import("./conversation.js").Conversation} Conversation */
/** @typedef {import("./conversation.js").Member} Member */

/** Modes and the signs of the roles, the highest first. */
const SIGNS = [
  ["q", "~"],
  ["a", "&"],
  ["o", "@"],
  ["h", "%"],
  ["v", "+"],
];
const PRESENCES_MAX = 10_000;

/**
 * @param {State} state
 * @param {Extract<Action, {type: "presence"}>} told
 * @returns {State}
 */
export function presenceChanged(state, { nick, presence, watched }) {
  const key = fold(nick);
  const before = state.presences[key];
  // Being connected does not mean to be back.
  if (before === presence || (watched && before === "away" && presence === "online")) return state;
  if (before === undefined && Object.keys(state.presences).length >= PRESENCES_MAX) return state;
  return { ...state, presences: having(state.presences, key, presence) };
}

/**
 * @param {State} state
 * @param {Action} action
 * @param {number} now
 * @returns {State}
 */
export function changeMembers(state, action, now) {
  switch (action.type) {
    case "members": {
      const known = state.conversations[fold(action.conversation)]?.members;
      const members = record(
        action.members.map(({ nick, roles }) => [
          fold(nick),
          { nick, roles, account: known?.[fold(nick)]?.account ?? "" },
        ]),
      );
      return changed(state, action.conversation, (it) => ({ ...it, joined: true, members }), now);
    }
    case "people":
      return people(state, action, now);
    case "joined":
      return joined(state, action, now);
    case "left":
      return left(state, action, now);
    case "quit":
      return everywhere(state, action.nick, now, (members, key) => delete members[key], "offline");
    case "nick":
      return renamed(state, action, now);
    case "roles":
      return roles(state, action, now);
    case "account":
      return everywhere(
        state,
        action.nick,
        now,
        (members, key) => (members[key] = { ...members[key], account: action.account }),
      );
    default:
      return state;
  }
}

/**
 * @param {State} state
 * @param {Extract<Action, {type: "people"}>} told
 * @param {number} now
 * @returns {State}
 */
function people(state, told, now) {
  const presences = record(Object.entries(state.presences));
  for (const { nick, away } of told.people) {
    const key = fold(nick);
    if (!away) presences[key] = "online";
    else if (presences[key] !== "offline") presences[key] = "away";
  }
  const accounts = new Map(told.people.map(({ nick, account }) => [fold(nick), account]));
  const named = (/** @type {Conversation} */ it) => {
    const members = record(Object.entries(it.members ?? {}));
    for (const key of Object.keys(members))
      members[key] = { ...members[key], account: accounts.get(key) ?? members[key].account };
    return { ...it, members };
  };
  return changed({ ...state, presences }, told.conversation, named, now);
}

/**
 * @param {State} state
 * @param {Extract<Action, {type: "joined"}>} who
 * @param {number} now
 * @returns {State}
 */
function joined(state, { conversation, nick, own, at, account }, now) {
  const known = state.conversations[fold(conversation)];
  const presences =
    own || !known?.members?.[fold(nick)]
      ? having(state.presences, fold(nick), /** @type {const} */ ("online"))
      : state.presences;
  return changed(
    { ...state, presences },
    conversation,
    (it) => {
      const members =
        it.members &&
        having(it.members, fold(nick), { nick, roles: it.members[fold(nick)]?.roles ?? "", account });
      const since = known ? it.since : at;
      return { ...it, members, since, name: own ? conversation : it.name, joined: it.joined || own };
    },
    now,
  );
}

/**
 * @param {State} state
 * @param {Extract<Action, {type: "left"}>} who
 * @param {number} now
 * @returns {State}
 */
function left(state, { conversation, nick, own, by }, now) {
  if (!state.conversations[fold(conversation)]) return state;
  if (own && by === undefined) {
    const conversations = lacking(state.conversations, fold(conversation));
    return { ...state, conversations, open: state.open === fold(conversation) ? "" : state.open };
  }
  const without = (/** @type {Conversation} */ it) => {
    const members = it.members && lacking(it.members, fold(nick));
    return { ...it, members, joined: it.joined && !own };
  };
  return changed(state, conversation, without, now);
}

/**
 * @param {State} state
 * @param {string} nick
 * @param {number} now
 * @param {(members: Record<string, Member>, key: string) => void} how
 * @param {import("../irc/events.js").Presence} [presence]
 * @returns {State}
 */
function everywhere(state, nick, now, how, presence) {
  const key = fold(nick);
  let next = presence ? { ...state, presences: having(state.presences, key, presence) } : state;
  for (const it of Object.values(state.conversations)) {
    if (!it.members?.[key]) continue;
    const members = record(Object.entries(it.members));
    how(members, key);
    next = changed(next, it.name, (known) => ({ ...known, members }), now);
  }
  return next;
}

/**
 * @param {State} state
 * @param {Extract<Action, {type: "nick"}>} who
 * @param {number} now
 * @returns {State}
 */
function renamed(state, { from, to, own }, now) {
  const presence = state.presences[fold(from)];
  const presences = lacking(state.presences, fold(from));
  if (presence) presences[fold(to)] = presence;
  const me = own ? { ...state.me, nick: to } : state.me;
  return everywhere({ ...state, presences, me }, from, now, (members, key) => {
    const member = members[key];
    delete members[key];
    members[fold(to)] = { ...member, nick: to };
  });
}

/**
 * @param {State} state
 * @param {Extract<Action, {type: "roles"}>} told
 * @param {number} now
 * @returns {State}
 */
function roles(state, { conversation, changes }, now) {
  return changed(
    state,
    conversation,
    (it) => {
      const members = record(Object.entries(it.members ?? {}));
      for (const { nick, role, on } of changes) {
        const member = members[fold(nick)];
        const sign = SIGNS.find(([mode]) => mode === role)?.[1] ?? "";
        if (!member) continue;
        const signs = SIGNS.map(([, one]) => one).filter((one) =>
          one === sign ? on : member.roles.includes(one),
        );
        members[fold(nick)] = { ...member, roles: signs.join("") };
      }
      return { ...it, members };
    },
    now,
  );
}
