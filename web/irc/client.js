/**
 * A client: one account, one connection at a time, what is asked and what is answered. Tells what it hears as
 * events; knows no page, and keeps no message but those on their way.
 */

import { Batches } from "./batches.js";
import { Connection } from "./connection.js";
import { MARK_TAG, REPLY_TAG, TYPING_TAG, read } from "./events.js";
import { HistoryReader } from "./history.js";
import { format, parse } from "./message.js";
import { fold, isRoom } from "./names.js";
import { Outbox } from "./outbox.js";
import { Registration } from "./registration.js";
import { Requests, answerOf } from "./requests.js";
import { ServerLines } from "./server-lines.js";
import { portions, wordsOf } from "./wording.js";
/** @typedef {import("./message.js").Message} Message */
/** @typedef {import("./batches.js").Item} Item */
/** @typedef {import("./registration.js").Identity} Identity */
/** @typedef {import("./outbox.js").Outgoing} Outgoing */
/** @typedef {import("./events.js").Heard} Heard */
/** @typedef {import("./server-lines.js").Member} Member */

/**
 * @typedef {(
 *   Heard
 *   | {type: "connecting"}
 *   | {type: "waiting", retryAt: number}
 *   | {type: "refused", code: string, text: string}
 *   | {type: "welcome", nick: string, account: string, network: string, can: string[]}
 *   | {type: "registered", account: string}
 *   | {type: "members", conversation: string, members: Member[]}
 *   | {type: "people", conversation: string, people: {nick: string, account: string, away: boolean}[]}
 *   | {type: "outgoing", outgoing: Outgoing}
 *   | {type: "stored", conversation: string, local: number}
 *   | {type: "caught-up", conversation: string, heard: Heard[], isEnd: boolean, first: string, last: string}
 *   | {type: "known", conversations: {name: string, at: number}[]}
 * )} Event
 */

/** @typedef {import("./requests.js").Answer} Answer */

export class Client {
  me = { nick: "", account: "" };
  /** @type {Identity | null} */
  #identity = null;
  /** @type {Registration | null} before the welcome */
  #registration = null;
  /** Whether one is in, so that what is said goes out. */
  isOnline = false;
  /** @type {(token: string) => Promise<boolean>} has the browser keep a token */
  keep = async () => false;
  /** @type {Set<string>} */
  #caps = new Set();
  #multiline = { bytes: 0, lines: 0 };
  #batches = new Batches();
  /** @type {Requests} */
  #requests;
  #server = new ServerLines();
  #source = "";
  /** @type {Set<string>} rooms that this connection is in */
  #entered = new Set();
  #motd = false;

  /**
   * @param {() => import("./connection.js").Socket} open
   * @param {import("./connection.js").Clock} clock
   * @param {(event: Event) => void} tell
   */
  constructor(open, clock, tell) {
    this.clock = clock;
    this.tell = tell;
    this.outbox = new Outbox(clock.random);
    this.#requests = new Requests(clock);
    this.history = new HistoryReader(this);
    this.connection = new Connection(open, clock, {
      onConnecting: () => tell({ type: "connecting" }),
      onOpen: () => this.#begin(),
      onLine: (line) => this.#hear(line),
      onClose: (retryAt) => this.#end(retryAt),
    });
  }

  /** @param {Identity} identity */
  signIn(identity) {
    this.#identity = identity;
    this.connection.start();
  }

  /** Who comes back by the password comes back by this one. @param {string} secret */
  renewSecret(secret) {
    if (this.#identity?.kind === "account") this.#identity.secret = secret;
  }

  /** Whether the browser's token signs in. */
  get isKept() {
    return this.#identity?.kind === "kept";
  }

  signOut() {
    this.connection.send(format("QUIT"));
    this.connection.stop();
    this.#identity = null;
    // What one person wanted to say is not said by the next.
    this.outbox.all = [];
  }

  /** @param {string} cap */
  has(cap) {
    return this.#caps.has(cap);
  }

  /** @param {string} name */
  isIn(name) {
    return !isRoom(name) || this.#entered.has(fold(name));
  }

  /**
   * Asks, and waits for the answer; it comes even if the connection breaks.
   * @param {string} command
   * @param {string[]} params
   * @param {Record<string, string | undefined>} [tags]
   * @returns {Promise<Answer>}
   */
  request(command, params, tags = {}) {
    return this.#requests.ask((label) => this.send(format(command, params, { ...tags, label })));
  }

  /**
   * Says something: it is kept until the server has stored it.
   * @param {string} target
   * @param {string} text
   * @param {{action?: boolean, replyTo?: string, after?: string}} [how]
   */
  say(target, text, { action = false, replyTo, after } = {}) {
    portions(target, text, action, this.#limits).forEach((part, index) => {
      const answers = index === 0 ? replyTo : undefined;
      const said = { target, text: part, action, replyTo: answers, after, at: this.clock.now() };
      const outgoing = this.outbox.add(said);
      this.tell({ type: "outgoing", outgoing: { ...outgoing } });
    });
    this.flush();
  }

  get #limits() {
    return { ...this.#multiline, source: this.#source };
  }

  /**
   * Sends again what failed.
   * @param {number} local
   */
  retry(local) {
    const outgoing = this.outbox.find(local);
    if (outgoing) this.#stage(outgoing, "waiting");
    this.flush();
  }

  /** Sends what waits, in order. */
  flush() {
    if (!this.isOnline) return;
    for (const outgoing of this.outbox.all) {
      if (outgoing.stage !== "waiting" || !this.isIn(outgoing.target)) continue;
      const label = `m${outgoing.local}`;
      const tags = { label, [MARK_TAG]: outgoing.mark, [REPLY_TAG]: outgoing.replyTo };
      wordsOf(outgoing, this.#limits).forEach(({ command, params, extra }, index) => {
        this.connection.send(format(command, params, index === 0 ? { ...tags, ...extra } : extra));
      });
      this.#stage(outgoing, "sent");
    }
  }

  /**
   * @param {string} target
   * @param {"active" | "done"} what
   */
  typing(target, what) {
    if (this.isOnline) this.connection.send(format("TAGMSG", [target], { [TYPING_TAG]: what }));
  }

  /**
   * @param {string} target
   * @param {string} time
   */
  markRead(target, time) {
    if (this.has("draft/read-marker"))
      this.connection.send(format("MARKREAD", [target, `timestamp=${time}`]));
  }

  /** @param {string} line without its end */
  send(line) {
    return this.isOnline && this.connection.send(line);
  }

  #begin() {
    if (!this.#identity) return;
    this.#registration = new Registration(this.#identity);
    this.#batches.clear();
    this.#entered.clear();
    this.#motd = false;
    this.history.isCaughtUp = false;
    this.me.account = "";
    this.#registration.begin().forEach((line) => this.connection.send(line));
  }

  /** @param {string} line */
  #hear(line) {
    const message = parse(line);
    if (!message) return;
    if (message.command === "PING") return void this.connection.send(format("PONG", message.params));
    if (this.#registration) return this.#register(this.#registration, message);
    const item = this.#batches.take(message);
    if (item) this.#take(item);
  }

  /**
   * @param {Registration} registration
   * @param {Message} message
   */
  #register(registration, message) {
    if (message.command === "001") return this.#welcome(registration, message);
    const step = registration.step(message);
    step.lines.forEach((line) => this.connection.send(line));
    if (message.command === "900") this.me.account = message.params[2] ?? "";
    if (registration.identity !== this.#identity && registration.identity.kind === "account") {
      this.#identity = registration.identity;
      this.tell({ type: "registered", account: this.#identity.name });
    }
    if (step.token) void this.#stay(registration, step.token);
    if (step.later) return this.connection.again();
    if (step.failed) {
      this.connection.stop();
      this.tell({ type: "refused", ...step.failed });
    }
  }

  /**
   * From here on the browser's token signs in, and the password is forgotten: on a connection of its own, which
   * ends with that token. A browser that keeps none comes in by the password.
   * @param {Registration} registration
   * @param {string} token
   */
  async #stay(registration, token) {
    const isKept = await this.keep(token);
    if (this.#registration !== registration) return;
    if (!isKept) return registration.giveUp().forEach((line) => this.connection.send(line));
    this.#identity = { kind: "kept", name: registration.identity.name };
    this.connection.renew();
  }

  /**
   * @param {Registration} registration
   * @param {Message} message
   */
  #welcome(registration, message) {
    this.#registration = null;
    this.isOnline = true;
    this.#caps = registration.enabled;
    this.me.nick = message.params[0] ?? registration.nick;
    const value = registration.offered.get("draft/multiline") ?? "";
    const bound = (/** @type {string} */ name) => Number(value.match(new RegExp(`${name}=(\\d+)`))?.[1] ?? 0);
    const takesLines = this.has("draft/multiline");
    this.#multiline = takesLines
      ? { bytes: bound("max-bytes"), lines: bound("max-lines") || 100 }
      : { bytes: 0, lines: 0 };
  }

  /** @param {Item} item */
  #take(item) {
    const opening = item.message ?? item.batch.opening;
    const label = opening.tags.get("label");
    const answer = answerOf(item);
    const isAsked = this.#requests.answer(label, answer);
    const items = item.batch?.type === "labeled-response" ? item.batch.items : [item];
    items.forEach((one) => this.#meaning(one, isAsked));
    const outgoing = label?.startsWith("m") ? this.outbox.find(Number(label.slice(1))) : undefined;
    // Its echo would have taken it out. Services echo nothing of the secrets they are told: they answer.
    if (outgoing && answer.ok) this.#stored(outgoing.target, outgoing.local);
    else if (outgoing) this.#stage(outgoing, "failed", answer.text);
  }

  /**
   * @param {string} conversation
   * @param {number} local
   */
  #stored(conversation, local) {
    this.outbox.remove(local);
    this.tell({ type: "stored", conversation, local });
  }

  /**
   * @param {Item} item
   * @param {boolean} isAsked
   */
  #meaning(item, isAsked) {
    // Who asked for these reads them.
    if (item.batch && item.batch.type !== "draft/multiline") return;
    if (item.message) this.#line(item.message, isAsked);
    read(item, this.me, this.clock.now()).forEach((heard) => this.#heard(heard));
  }

  /** @param {Heard} heard */
  #heard(heard) {
    if (heard.type === "said") {
      const local = this.outbox.confirm(heard.entry);
      if (local !== undefined) this.#stored(heard.conversation, local);
    } else if (heard.type === "nick" && heard.own) {
      this.me.nick = heard.to;
    } else if (heard.type === "joined" && heard.own) {
      this.#entered.add(fold(heard.conversation));
    } else if (heard.type === "left" && heard.own) {
      this.#entered.delete(fold(heard.conversation));
    } else if (heard.type === "renamed") {
      const { conversation, to } = heard;
      if (this.#entered.delete(fold(conversation))) this.#entered.add(fold(to));
      this.outbox.rename(conversation, to);
    }
    this.tell(heard);
    // Of rooms that one was in on coming, all is asked together.
    if (heard.type === "joined" && heard.own && this.history.isCaughtUp)
      void this.history.enter(heard.conversation);
  }

  /**
   * @param {Message} message
   * @param {boolean} isAsked
   */
  #line(message, isAsked) {
    const { command, params, nick, source } = message;
    if (command === "376" || command === "422") return this.#ready();
    if (command === "900") this.me.account = params[2] ?? "";
    if (command === "JOIN" && fold(nick) === fold(this.me.nick)) this.#source = source;
    this.#server.take(message, isAsked).forEach(this.tell);
  }

  /** The welcome is complete. */
  #ready() {
    if (this.#motd) return;
    this.#motd = true;
    const { nick, account } = this.me;
    const network = this.tokens.get("NETWORK") ?? "";
    this.tell({ type: "welcome", nick, account, network, can: [...this.#caps] });
    void this.history.catchUp();
  }

  /** What the server has said of itself (ISUPPORT). */
  get tokens() {
    return this.#server.tokens;
  }

  /** @returns {string[]} */
  get rooms() {
    return [...this.#entered];
  }

  /**
   * @param {Outgoing} outgoing
   * @param {Outgoing["stage"]} stage
   * @param {string} [reason]
   */
  #stage(outgoing, stage, reason) {
    outgoing.stage = stage;
    outgoing.reason = reason;
    this.tell({ type: "outgoing", outgoing: { ...outgoing } });
  }

  /**
   * What the server did not store, as its history shows, is sent again.
   * @param {string} target
   */
  resend(target) {
    this.outbox.retry(target).forEach((outgoing) => this.#stage(outgoing, "waiting"));
    this.flush();
  }

  /**
   * Nobody can tell whether these arrived: the user decides.
   * @param {string} target
   */
  doubt(target) {
    const doubtful = this.outbox.all.filter(
      (one) => one.stage === "doubtful" && fold(one.target) === fold(target),
    );
    doubtful.forEach((outgoing) => this.#stage(outgoing, "failed", ""));
  }

  /** @param {number | null} retryAt */
  #end(retryAt) {
    this.isOnline = false;
    this.#registration = null;
    this.#server.clear();
    this.outbox
      .disconnect()
      .forEach((outgoing) => this.tell({ type: "outgoing", outgoing: { ...outgoing } }));
    this.#requests.lose();
    if (retryAt !== null) this.tell({ type: "waiting", retryAt });
  }
}
