/** Other people's web clients: irc-framework, with which Kiwi IRC and The Lounge speak, over WebSocket. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import IRC from "irc-framework";
import WebSocket from "ws";
import { PASSWORD, Server } from "./server.js";

const PATIENCE_MS = 20_000;
/** As Kiwi takes it in a browser, and not the one for programs that Node would be given. */
const { default: transport } = await import("irc-framework/src/transports/websocket.js");

/** @type {Server} */
let server;

before(async () => {
  // @ts-expect-error A page of the server's own, in a browser that trusts its certificate.
  globalThis.WebSocket = class extends WebSocket {
    /** @param {string} address @param {string} [protocol] */
    constructor(address, protocol) {
      super(address, protocol, { rejectUnauthorized: false, origin: new URL(server.url).origin });
    }
  };
  server = await new Server().start();
  for (const name of ["alice", "bob"]) server.addUser(name);
});

after(async () => {
  await server.stop();
  server.remove();
});

/**
 * The arguments of the next event of this name.
 * @param {import("node:events").EventEmitter} client
 * @param {string} name
 */
async function next(client, name) {
  const [event] = await once(client, name, { signal: AbortSignal.timeout(PATIENCE_MS) });
  return event;
}

/** @param {string} nick @param {string | undefined} protocol */
async function enter(nick, protocol) {
  const client = new IRC.Client();
  client.requestCap(["draft/chathistory", "server-time", "batch", "echo-message", "message-tags"]);
  client.connect({
    transport,
    host: "localhost",
    port: server.webPort,
    tls: true,
    path: "/",
    websocket_protocol: protocol,
    nick,
    username: nick,
    gecos: nick,
    account: { account: nick, password: PASSWORD },
    auto_reconnect: false,
  });
  const account = next(client, "loggedin");
  await next(client, "registered");
  assert.equal((await account).account, nick);
  return client;
}

for (const protocol of ["text.ircv3.net", undefined]) {
  test(`a client of irc-framework signs in, talks and pages history, subprotocol ${protocol}`, async () => {
    const [alice, bob] = [await enter("alice", protocol), await enter("bob", protocol)];
    const room = protocol ? "#kiwi" : "#lounge";
    for (const client of [alice, bob]) {
      const there = next(client, "userlist");
      client.join(room);
      assert.equal((await there).channel, room);
    }
    const heard = next(bob, "privmsg");
    const echoed = next(alice, "privmsg");
    alice.say(room, "grüße 🎉");
    for (const event of [await heard, await echoed]) {
      assert.deepEqual([event.nick, event.target, event.message], ["alice", room, "grüße 🎉"]);
      assert.ok(event.tags.msgid && event.time);
    }
    const page = next(bob, "batch end chathistory");
    bob.raw("CHATHISTORY", "LATEST", room, "*", "10");
    const said = (await page).commands.filter((/** @type {any} */ line) => line.command === "PRIVMSG");
    assert.deepEqual(
      said.map((/** @type {any} */ line) => line.params[1]),
      ["grüße 🎉"],
    );
    for (const client of [alice, bob]) {
      const closed = next(client, "close");
      client.quit("bye");
      await closed;
    }
  });
}
