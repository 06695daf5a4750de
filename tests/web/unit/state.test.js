/** The state and what events make of it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { read } from "../../../web/irc/events.js";
import { parse } from "../../../web/irc/message.js";
import { ENTRIES_MAX } from "../../../web/state/conversation.js";
import { initial, reduce } from "../../../web/state/reducer.js";
import { rowsOf } from "../../../web/state/rows.js";
import { DEFAULTS, load, save } from "../../../web/state/settings.js";
import { de } from "../../../web/texts/de.js";
import { en } from "../../../web/texts/en.js";

const NOW = 1_000_000;

/** @returns {any} */
function entry(number, more = {}) {
  const at = NOW + number * 1000;
  return {
    id: `i${number}`,
    at,
    time: new Date(at).toISOString(),
    kind: "message",
    from: "bob",
    text: `text ${number}`,
    own: false,
    ...more,
  };
}

const say = (number, more = {}, conversation = "#room") => ({
  type: "said",
  conversation,
  entry: entry(number, more),
});
const page = (numbers, isEnd = false) => ({
  ok: true,
  heard: numbers.map((number) => say(number)),
  isEnd,
  first: numbers.length ? `msgid=i${numbers[0]}` : "",
  last: numbers.length ? `msgid=i${numbers.at(-1)}` : "",
});
const range = (from, to) => Array.from({ length: to - from }, (_, index) => from + index);

/** Somebody called alice in a room. @param {any[]} actions */
function after(...actions) {
  const start = [
    { type: "welcome", nick: "alice", account: "alice", network: "net", can: [] },
    { type: "joined", conversation: "#room", nick: "alice", own: true, at: NOW, account: "alice" },
  ];
  return [...start, ...actions].reduce((state, action) => reduce(state, action, NOW), initial(DEFAULTS));
}
const room = (state, name = "#room") => state.conversations[name];
const ids = (state) => room(state).entries.map(({ id }) => Number(id.slice(1)));

test("pages join without gap or double, and the end goes on", () => {
  let state = after({ type: "page", conversation: "#room", where: "latest", page: page(range(100, 110)) });
  state = reduce(
    state,
    { type: "page", conversation: "#room", where: "older", page: page(range(90, 101)) },
    NOW,
  );
  state = reduce(state, say(110), NOW);
  state = reduce(state, say(110), NOW);
  assert.deepEqual(ids(state), range(90, 111));
  assert.equal(room(state).first, "msgid=i90");
  assert.equal(room(state).hasOlder, true);
});

test("no more is at hand than may be, at whichever end one reads", () => {
  let state = after({ type: "page", conversation: "#room", where: "latest", page: page(range(1000, 1100)) });
  for (let from = 900; from >= 100; from -= 100) {
    state = reduce(
      state,
      { type: "page", conversation: "#room", where: "older", page: page(range(from, from + 100)) },
      NOW,
    );
    assert.ok(room(state).entries.length <= ENTRIES_MAX);
  }
  assert.equal(room(state).atEnd, false);
  // What comes meanwhile is no part of what is shown, and counts.
  state = reduce(state, say(1100), NOW);
  assert.equal(ids(state).includes(1100), false);
  assert.equal(room(state).unread, 1 + 100);
  const last = ids(state).at(-1);
  state = reduce(
    state,
    { type: "page", conversation: "#room", where: "newer", page: page(range(last + 1, last + 101)) },
    NOW,
  );
  assert.deepEqual(ids(state), range(last + 101 - ENTRIES_MAX, last + 101));
});

test("what was missed is joined, or the rest is let go of", () => {
  const start = { type: "page", conversation: "#room", where: "latest", page: page(range(0, 10)) };
  const welcome = { type: "welcome", nick: "alice", account: "alice", network: "", can: [] };
  // Something is heard before the history has come.
  let state = after(start, welcome, say(15), {
    type: "caught-up",
    conversation: "#room",
    ...page(range(5, 15)),
  });
  assert.deepEqual(ids(state), range(0, 16));
  state = after(start, welcome, say(60), {
    type: "caught-up",
    conversation: "#room",
    ...page(range(50, 61)),
  });
  assert.deepEqual(ids(state), range(50, 61));
  assert.equal(room(state).hasOlder, true);
});

test("new is what others said after the mark", () => {
  let state = after(
    { type: "marker", conversation: "#room", at: NOW + 2_000 },
    { type: "page", conversation: "#room", where: "latest", page: page(range(0, 6), true) },
  );
  assert.equal(room(state).unread, 3);
  state = reduce(state, say(6, { text: "hey Alice!" }), NOW);
  state = reduce(state, say(7, { own: true, from: "alice" }), NOW);
  state = reduce(state, say(8, { kind: "join" }), NOW);
  assert.deepEqual([room(state).unread, room(state).mentioned], [4, 1]);
  state = reduce(state, { type: "open", conversation: "#room" }, NOW);
  assert.equal(room(state).divider, NOW + 2_000);
  state = reduce(state, { type: "marker", conversation: "#ROOM", at: NOW + 9_000 }, NOW);
  assert.deepEqual([room(state).unread, room(state).mentioned], [0, 0]);
  // A mark never goes back.
  assert.equal(reduce(state, { type: "marker", conversation: "#room", at: 5 }, NOW), state);
});

test("edits, redactions and reactions find their message whenever it comes", () => {
  const edit = {
    type: "edited",
    conversation: "#room",
    target: "i1",
    id: "e1",
    at: NOW + 9_000,
    text: "better",
    own: false,
  };
  const second = { ...edit, id: "e2", at: NOW + 9_500, text: "best" };
  const react = {
    type: "reacted",
    conversation: "#room",
    target: "i1",
    id: "",
    at: NOW + 9_000,
    nick: "alice",
    emoji: "👍",
    on: true,
  };
  let state = after(edit, second, react, {
    type: "page",
    conversation: "#room",
    where: "latest",
    page: page([1, 2], true),
  });
  const shown = () =>
    rowsOf(room(state), "alice", () => "day").flatMap((row) => (row.kind === "message" ? [row.shown] : []));
  assert.deepEqual([shown()[0].text, shown()[0].edited], ["best", true]);
  assert.deepEqual(shown()[0].reactions, [{ emoji: "👍", nicks: ["alice"], mine: true }]);
  const redact = (target) => ({ type: "redacted", conversation: "#room", target, by: "bob", reason: "" });
  state = reduce(state, redact("e2"), NOW);
  assert.equal(shown()[0].text, "better");
  state = reduce(state, { ...react, on: false, at: NOW + 9_900 }, NOW);
  assert.deepEqual(shown()[0].reactions, []);
  state = reduce(state, redact("i1"), NOW);
  assert.equal(shown()[0].gone, true);
});

test("rows tell days, people and what is new apart", () => {
  const state = after(
    { type: "marker", conversation: "#room", at: NOW + 3_500 },
    { type: "page", conversation: "#room", where: "latest", page: page(range(0, 5), true) },
    { type: "open", conversation: "#room" },
    say(5, { from: "carol" }),
    say(6, { kind: "join", from: "dave" }),
    say(7, { kind: "part", from: "dave" }),
    { type: "outgoing", outgoing: { local: 1, target: "#room", text: "on its way", at: NOW, stage: "sent" } },
  );
  const rows = rowsOf(room(state), "alice", (at) => (at < NOW + 2_000 ? "one" : "two"));
  assert.deepEqual(
    rows.map((row) => (row.kind === "message" ? (row.shown.head ? "head" : "more") : row.kind)),
    ["day", "head", "more", "day", "head", "more", "new", "head", "head", "happened", "outgoing"],
  );
});

test("who comes, goes and is called otherwise", () => {
  let state = after(
    {
      type: "members",
      conversation: "#room",
      members: [
        { nick: "alice", roles: "@" },
        { nick: "Bob", roles: "" },
      ],
    },
    { type: "joined", conversation: "#room", nick: "carol", own: false, at: NOW, account: "" },
    { type: "nick", from: "bob", to: "robert", own: false },
    {
      type: "roles",
      conversation: "#room",
      changes: [
        { nick: "robert", role: "v", on: true },
        { nick: "alice", role: "o", on: false },
      ],
    },
    { type: "quit", nick: "carol" },
  );
  const members = () =>
    Object.values(room(state).members)
      .map(({ nick, roles }) => roles + nick)
      .sort();
  assert.deepEqual(members(), ["+robert", "alice"]);
  state = reduce(state, { type: "left", conversation: "#room", nick: "robert", own: false, reason: "" }, NOW);
  assert.deepEqual(members(), ["alice"]);
  state = reduce(state, { type: "renamed", conversation: "#room", to: "#other" }, NOW);
  assert.equal(room(state), undefined);
  assert.equal(room(state, "#other").name, "#other");
  state = reduce(state, { type: "left", conversation: "#other", nick: "alice", own: true, reason: "" }, NOW);
  assert.deepEqual(Object.keys(state.conversations), []);
});

test("a room that one has left, or that is called otherwise, is no more there", () => {
  const me = { nick: "alice", account: "alice" };
  const hear = (state, line) =>
    read({ message: /** @type {any} */ (parse(line)) }, me, NOW).reduce(
      (one, heard) => reduce(one, heard, NOW),
      state,
    );
  const state = after({ type: "page", conversation: "#room", where: "latest", page: page([1], true) });
  assert.deepEqual(Object.keys(hear(state, "@msgid=p :alice!a@h PART #room :bye").conversations), []);
  const renamed = hear(state, "@msgid=r :bob!b@h RENAME #room #other :why");
  assert.deepEqual(Object.keys(renamed.conversations), ["#other"]);
  assert.equal(room(renamed, "#other").entries.at(-1).whom, "#other");
  const kicked = hear(state, "@msgid=k :bob!b@h KICK #room alice :out");
  assert.deepEqual([room(kicked).joined, room(kicked).entries.at(-1).kind], [false, "kick"]);
});

test("being connected is not being back", () => {
  let state = after(
    { type: "presence", nick: "Bob", presence: "away" },
    { type: "presence", nick: "bob", presence: "online", watched: true },
  );
  assert.equal(state.presences.bob, "away");
  state = reduce(state, { type: "presence", nick: "bob", presence: "online" }, NOW);
  assert.equal(state.presences.bob, "online");
});

test("typing ends by itself", () => {
  const state = after({ type: "typing", conversation: "bob", nick: "bob", active: true });
  assert.deepEqual(Object.keys(room(state, "bob").typing), ["bob"]);
  assert.deepEqual(Object.keys(room(reduce(state, { type: "tick" }, NOW + 10_000), "bob").typing), []);
  assert.equal(reduce(state, { type: "tick" }, NOW), state);
});

test("a name that objects have by themselves is a name like others", () => {
  let state = after({
    type: "members",
    conversation: "#room",
    members: [{ nick: "constructor", roles: "" }],
  });
  for (const name of ["constructor", "__proto__", "toString"]) {
    state = reduce(state, say(1, { from: name }, name), NOW);
    state = reduce(state, { type: "presence", nick: name, presence: "away" }, NOW);
    state = reduce(
      state,
      {
        type: "reacted",
        conversation: "#room",
        target: name,
        id: "",
        at: NOW,
        nick: name,
        emoji: name,
        on: true,
      },
      NOW,
    );
  }
  assert.equal(room(state, "constructor").name, "constructor");
  assert.equal(/** @type {any} */ ({}).key, undefined);
});

test("settings that are broken are as at the beginning, and hold no secret", () => {
  for (const kept of [null, "", "{", "[]", "null", '{"theme":1,"muted":[1],"notify":"yes"}']) {
    assert.deepEqual(load({ getItem: () => kept, setItem() {} }), DEFAULTS);
  }
  let written = "";
  save(
    { getItem: () => null, setItem: (_, value) => (written = value) },
    { ...DEFAULTS, theme: "dark", muted: ["#room"] },
  );
  assert.equal(load({ getItem: () => written, setItem() {} }).theme, "dark");
  assert.ok(!/password|secret|token/i.test(written));
});

test("every text is there in every language", () => {
  const shape = (/** @type {any} */ value) =>
    typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shape(one)]))
      : Array.isArray(value)
        ? value.length
        : typeof value;
  assert.deepEqual(shape(de), shape(en));
  for (const [name, text] of Object.entries(de)) assert.notEqual(text, "", name);
});
