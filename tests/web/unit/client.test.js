/** The client against a server of a few lines, with a clock that goes when it is told to. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../../web/irc/client.js";
import { parse } from "../../../web/irc/message.js";

const CAPS =
  "batch echo-message labeled-response message-tags server-time sasl=PLAIN draft/chathistory draft/read-marker draft/multiline=max-bytes=4096,max-lines=32";

class World {
  time = Date.parse("2026-01-01T12:00:00.000Z");
  /** @type {{at: number, then: () => void}[]} */
  timers = [];
  /** @type {any[]} */
  sockets = [];
  /** @type {any[]} */
  events = [];
  /** @type {string[]} what the server has stored, with ids from its number */
  stored = [];
  /** Whether the server still hears. */
  isDeaf = false;
  clock = {
    now: () => this.time,
    random: () => 0.5,
    after: (/** @type {number} */ ms, /** @type {() => void} */ then) => {
      const timer = { at: this.time + ms, then };
      this.timers.push(timer);
      return () => (this.timers = this.timers.filter((one) => one !== timer));
    },
  };

  constructor() {
    this.client = new Client(
      () => this.#socket(),
      this.clock,
      (event) => this.events.push(event),
    );
  }

  #socket() {
    const socket = {
      onopen: null,
      onmessage: null,
      onclose: null,
      sent: [],
      isClosed: false,
      send: (line) => this.#hear(socket, line),
      close: () => (socket.isClosed = true),
    };
    this.sockets.push(socket);
    return /** @type {any} */ (socket);
  }

  get socket() {
    return this.sockets.at(-1);
  }

  /** @param {string[]} lines */
  say(...lines) {
    for (const line of lines) this.socket.onmessage?.({ data: line });
  }

  /** @param {number} ms */
  pass(ms) {
    const end = this.time + ms;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.timers = this.timers.filter((one) => one !== next);
      this.time = next.at;
      next.then();
    }
    this.time = end;
  }

  /** The server. @param {any} socket @param {string} line */
  #hear(socket, line) {
    socket.sent.push(line);
    const message = parse(line);
    if (!message || this.isDeaf || socket !== this.socket) return;
    const { command, params, tags } = message;
    const label = tags.get("label");
    const answer = (...lines) => this.say(...lines);
    if (command === "CAP" && params[0] === "LS") answer(`:s CAP * LS :${CAPS}`);
    else if (command === "CAP" && params[0] === "REQ") answer(`:s CAP * ACK :${params[1]}`);
    else if (command === "AUTHENTICATE" && params[0] === "PLAIN") answer("AUTHENTICATE +");
    else if (command === "INVITATION") answer("INVITATION VALID member :ok");
    else if (command === "REGISTER") answer("REGISTER SUCCESS carol :ok");
    else if (command === "AUTHENTICATE" && params[0].length < 400) {
      const isRight = params[0] === btoa("\0alice\0right");
      answer(...(isRight ? [":s 900 * * alice :in", ":s 903 * :ok"] : [":s 904 * :no"]));
    } else if (command === "CAP" && params[0] === "END") {
      answer(
        ":s 001 alice :hello",
        ":s 005 alice NETWORK=Net :are",
        ":s 422 alice :none",
        ":alice!a@h JOIN #room",
        ":s 353 alice = #room :@alice bob",
        ":s 366 alice #room :end",
      );
    } else if (command === "PRIVMSG") {
      this.stored.push(`${tags.get("+chat-secure/id")} ${params[1]}`);
      answer(`${this.#tags(this.stored.length, label)} :alice!a@h PRIVMSG ${params[0]} :${params[1]}`);
    } else if (command === "CHATHISTORY") {
      const type = params[0] === "TARGETS" ? "draft/chathistory-targets" : `chathistory ${params[1]}`;
      const from =
        params[0] === "AFTER"
          ? Number(params[2].replace("msgid=i", ""))
          : Math.max(0, this.stored.length - 2);
      const lines =
        params[0] === "TARGETS"
          ? []
          : this.stored.slice(from).map((text, index) => this.#line(from + index + 1, text));
      const isEnd = params[0] === "AFTER" || from === 0 ? ";draft/chathistory-end" : "";
      answer(
        `@label=${label}${isEnd} BATCH +h ${type}`,
        ...lines.map((one) => `@batch=h;${one}`),
        "BATCH -h",
      );
    } else if (label) answer(`@label=${label} :s ACK`);
  }

  /** @param {number} number @param {string} stored */
  #line(number, stored) {
    const [mark, ...text] = stored.split(" ");
    return `msgid=i${number};time=2026-01-01T12:00:0${number % 10}.000Z;+chat-secure/id=${mark} :alice!a@h PRIVMSG #room :${text.join(" ")}`;
  }

  /** @param {number} number @param {string | undefined} label */
  #tags(number, label) {
    const mark = this.stored[number - 1].split(" ")[0];
    return `@label=${label};msgid=i${number};time=2026-01-01T12:00:0${number % 10}.000Z;+chat-secure/id=${mark}`;
  }

  async settle() {
    for (let count = 0; count < 50; count += 1) await Promise.resolve();
  }

  async enter(secret = "right") {
    this.client.signIn({ kind: "account", name: "alice", secret });
    await this.open();
  }

  async open() {
    this.socket.onopen?.({});
    await this.settle();
  }

  /** The connection breaks, and comes back. */
  async breakAndReturn() {
    this.socket.onclose?.({});
    this.isDeaf = false;
    this.pass(60_000);
    await this.open();
  }

  /** @param {string} type */
  told(type) {
    return this.events.filter((event) => event.type === type);
  }
}

test("somebody signs in, and learns where they are", async () => {
  const world = new World();
  await world.enter();
  assert.deepEqual(
    world.told("welcome").map(({ nick, account, network }) => [nick, account, network]),
    [["alice", "alice", "Net"]],
  );
  assert.deepEqual(world.told("members")[0].members, [
    { nick: "alice", roles: "@" },
    { nick: "bob", roles: "" },
  ]);
  assert.ok(world.socket.sent[1].includes("draft/chathistory") && !world.socket.sent[1].includes("sasl="));
});

test("a wrong password ends the attempts", async () => {
  const world = new World();
  await world.enter("wrong");
  assert.equal(world.told("refused")[0].code, "SIGN_IN");
  world.pass(600_000);
  assert.equal(world.sockets.length, 1);
});

test("a long password goes in pieces", async () => {
  const world = new World();
  world.client.signIn({ kind: "account", name: "alice", secret: "x".repeat(592) });
  await world.open();
  const chunks = world.socket.sent
    .filter((line) => line.startsWith("AUTHENTICATE "))
    .slice(1)
    .map((line) => line.split(" ")[1]);
  assert.deepEqual(
    chunks.map(({ length }) => length),
    [400, 400, "+".length],
  );
});

test("a newcomer shows the invitation, then registers", async () => {
  const world = new World();
  world.client.signIn({ kind: "newcomer", name: "carol", secret: "secret word", invitation: "a-b" });
  await world.open();
  assert.deepEqual(world.socket.sent.slice(2, 8), [
    "NICK carol",
    "INVITATION a-b",
    "REGISTER carol * :secret word",
    "NICK carol",
    "USER carol 0 * carol",
    "CAP END",
  ]);
  assert.deepEqual(world.told("registered"), [{ type: "registered", account: "carol" }]);
});

test("a message counts when its echo is back", async () => {
  const world = new World();
  await world.enter();
  world.client.say("#room", "hello");
  assert.equal(world.told("stored").length, 1);
  assert.equal(world.told("said").at(-1).entry.text, "hello");
  assert.equal(world.client.outbox.all.length, 0);
});

test("what is said without a connection is sent when there is one", async () => {
  const world = new World();
  await world.enter();
  world.socket.onclose?.({});
  world.client.say("#room", "later");
  assert.equal(world.stored.length, 0);
  world.pass(60_000);
  await world.open();
  assert.deepEqual(
    world.stored.map((one) => one.split(" ")[1]),
    ["later"],
  );
});

test("what arrived before the connection broke is not sent again", async () => {
  const world = new World();
  await world.enter();
  world.client.say("#room", "first");
  world.isDeaf = true;
  world.client.say("#room", "arrived", { after: "i1" });
  const [outgoing] = world.client.outbox.all;
  // It is stored, and many others after it; only the echo got lost.
  world.stored.push(`${outgoing.mark} arrived`, "x a", "x b", "x c", "x d");
  await world.breakAndReturn();
  assert.equal(world.client.outbox.all.length, 0);
  assert.equal(world.stored.filter((one) => one.endsWith("arrived")).length, 1);
});

test("what did not arrive is sent again, once", async () => {
  const world = new World();
  await world.enter();
  world.client.say("#room", "first");
  world.isDeaf = true;
  world.client.say("#room", "lost", { after: "i1" });
  await world.breakAndReturn();
  assert.equal(world.stored.filter((one) => one.endsWith("lost")).length, 1);
  assert.equal(world.client.outbox.all.length, 0);
});

test("a message that is refused is kept, with the reason", async () => {
  const world = new World();
  await world.enter();
  world.isDeaf = true;
  world.client.say("#room", "psst");
  world.say("@label=m1 :s 404 alice #room :Cannot send to this room");
  const last = world.told("outgoing").at(-1).outgoing;
  assert.deepEqual([last.stage, last.reason], ["failed", "Cannot send to this room"]);
});

test("pauses grow, and are short again after a good time", async () => {
  const world = new World();
  world.client.signIn({ kind: "account", name: "alice", secret: "right" });
  const pauses = [];
  for (let count = 0; count < 9; count += 1) {
    world.socket.onclose?.({});
    pauses.push(world.told("waiting").at(-1).retryAt - world.time);
    world.pass(pauses.at(-1));
  }
  assert.deepEqual(pauses, [750, 1500, 3000, 6000, 12000, 24000, 45000, 45000, 45000]);
  await world.open();
  world.pass(31_000);
  world.socket.onclose?.({});
  assert.equal(world.told("waiting").at(-1).retryAt - world.time, 750);
});

test("a server that says nothing is asked, then left", async () => {
  const world = new World();
  await world.enter();
  world.isDeaf = true;
  world.pass(40_000);
  assert.ok(world.socket.sent.includes("PING alive"));
  assert.equal(world.sockets.length, 1);
  world.pass(15_000);
  assert.equal(world.sockets[0].isClosed, true);
  world.pass(1_000);
  assert.equal(world.sockets.length, 2);
});

test("a request ends even if the connection does", async () => {
  const world = new World();
  await world.enter();
  world.isDeaf = true;
  const answers = Promise.all(Array.from({ length: 9 }, () => world.client.request("LIST", [])));
  world.socket.onclose?.({});
  assert.deepEqual(
    (await answers).map(({ ok, code }) => [ok, code]),
    Array.from({ length: 9 }, () => [false, "LOST"]),
  );
});

test("what a service is told is answered, not echoed, and is not said again", async () => {
  const world = new World();
  await world.enter();
  world.isDeaf = true;
  world.client.say("NickServ", "INFO");
  world.say("@label=m1 :NickServ!services@localhost NOTICE alice :Account: alice");
  assert.equal(world.client.outbox.all.length, 0);
  assert.equal(world.told("stored").length, 1);
});

test("what one person wanted to say is not said by the next", async () => {
  const world = new World();
  await world.enter();
  world.socket.onclose?.({});
  world.client.say("#room", "mine");
  world.client.signOut();
  await world.enter();
  assert.deepEqual(world.stored, []);
});

test("what the server itself says is no conversation", async () => {
  const world = new World();
  await world.enter();
  world.say(":localhost NOTICE alice :Going down soon");
  assert.deepEqual(world.events.at(-1), { type: "told", text: "Going down soon", about: "" });
});
