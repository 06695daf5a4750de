/**
 * What was said before: page by page, by search, and what was missed while there was no connection.
 * Sources: IRCv3 draft/chathistory; soju.im/search.
 */

import { moment, read } from "./events.js";
import { escapeValue } from "./message.js";
import { fold, isRoom } from "./names.js";
/** @typedef {import("./client.js").Client} Client */
/** @typedef {import("./client.js").Answer} Answer */
/** @typedef {import("./events.js").Heard} Heard */
/** @typedef {import("./batches.js").Item} Item */

/**
 * @typedef {object} Page
 * @property {boolean} ok
 * @property {Heard[]} heard in the order of time
 * @property {boolean} isEnd whether there is nothing beyond it
 * @property {string} first where it begins, as the server is asked for what is before; empty if it holds nothing
 * @property {string} last where it ends
 */

/** @typedef {{conversation: string, id: string, from: string, at: number, text: string}} Found */

const PAGE_LEN = 100;
/** Pages that are looked through for a message that may have arrived. */
const PAGES_MAX = 20;
const TARGETS_MAX = 100;
const FOUND_MAX = 50;
/** What history tells of; who comes and goes now is told otherwise. */
const KEPT = new Set(["said", "edited", "redacted", "reacted"]);

export class HistoryReader {
  /**
   * Whether the page is to be fetched that holds what was said last, at this time, in this conversation.
   * @type {(name: string, at: number) => boolean}
   */
  wants = () => true;
  /** Whether it is known which conversations there are. */
  isCaughtUp = false;
  /** Which conversation is looked at: it comes first. */
  focus = "";

  /** @param {Client} client */
  constructor(client) {
    this.client = client;
  }

  /**
   * @param {string} name
   * @returns {Promise<Page>}
   */
  latest(name) {
    return this.#page(name, ["LATEST", name, "*"]);
  }

  /**
   * @param {string} name
   * @param {string} place
   */
  before(name, place) {
    return this.#page(name, ["BEFORE", name, place]);
  }

  /**
   * @param {string} name
   * @param {string} place
   */
  after(name, place) {
    return this.#page(name, ["AFTER", name, place]);
  }

  /**
   * @param {string} name
   * @param {string} place
   */
  around(name, place) {
    return this.#page(name, ["AROUND", name, place]);
  }

  /** After the welcome: learns which conversations there are, and reads what is new in them. */
  async catchUp() {
    const known = await this.#targets();
    this.isCaughtUp = true;
    const times = new Map(known.map(({ name, at }) => [fold(name), at]));
    const names = new Map(known.map(({ name }) => [fold(name), name]));
    this.client.rooms.forEach((room) => names.set(room, names.get(room) ?? room));
    const doubtful = this.client.outbox.doubtful();
    doubtful.forEach(({ target }, key) => names.set(key, target));
    for (const [key, { target }] of doubtful) if (!this.client.isIn(target)) this.client.doubt(key);
    const isFocus = (/** @type {string} */ name) => fold(name) === fold(this.focus);
    const wanted = [...names.values()]
      .filter((name) => this.client.isIn(name))
      .filter(
        (name) => isFocus(name) || doubtful.has(fold(name)) || this.wants(name, times.get(fold(name)) ?? 0),
      )
      .sort((a, b) => Number(isFocus(b)) - Number(isFocus(a)));
    for (const { name } of known) {
      if (!isRoom(name)) this.client.send(`MARKREAD ${name}`);
    }
    await Promise.all(wanted.map((name) => this.enter(name)));
  }

  /**
   * Reads the latest page of a conversation, and settles what is in doubt there.
   * @param {string} name
   */
  async enter(name) {
    const page = await this.latest(name);
    if (!page.ok) return;
    page.heard.forEach((heard) => this.#confirm(heard));
    this.client.tell({ type: "caught-up", conversation: name, ...page });
    await this.#settle(name, page);
    this.client.flush();
  }

  /**
   * Every message that may have arrived is looked for before it is sent again.
   * @param {string} name
   * @param {Page} page
   */
  async #settle(name, page) {
    const first = this.client.outbox.doubtful().get(fold(name));
    if (!first) return;
    const isIn = (/** @type {Page} */ page) =>
      page.heard.some((heard) => heard.type === "said" && heard.entry.id === first.after);
    let isSure = page.isEnd || isIn(page);
    for (let count = 0; !isSure && first.after && count < PAGES_MAX; count += 1) {
      /** @type {Page} */
      const next = await this.after(name, count === 0 ? `msgid=${first.after}` : page.last);
      if (!next.ok) break;
      next.heard.forEach((heard) => this.#confirm(heard));
      isSure = next.isEnd;
      page = next;
    }
    if (isSure) this.client.resend(name);
    else if (this.client.isOnline) this.client.doubt(name);
  }

  /** @param {Heard} heard */
  #confirm(heard) {
    if (heard.type !== "said") return;
    const local = this.client.outbox.confirm(heard.entry);
    if (local !== undefined) this.client.tell({ type: "stored", conversation: heard.conversation, local });
  }

  /**
   * @param {string} text
   * @param {{within?: string, from?: string}} [where]
   * @returns {Promise<{ok: boolean, found: Found[], text: string}>} the latest first
   */
  async search(text, { within, from } = {}) {
    const attributes = Object.entries({ text, in: within, from, limit: String(FOUND_MAX) })
      .filter(([, value]) => value)
      .map(([name, value]) => `${name}=${escapeValue(value ?? "")}`);
    const answer = await this.client.request("SEARCH", [attributes.join(";")]);
    const heard = inner(answer).flatMap((item) => read(item, this.client.me, this.client.clock.now()));
    /** @type {Found[]} */
    const found = [];
    for (const one of heard) {
      const { conversation } = /** @type {any} */ (one);
      if (one.type === "said")
        found.push({
          conversation,
          id: one.entry.id,
          from: one.entry.from,
          at: one.entry.at,
          text: one.entry.text,
        });
      // The text that a message has by now leads to that message.
      if (one.type === "edited")
        found.push({ conversation, id: one.target, from: "", at: one.at, text: one.text });
    }
    return { ok: answer.ok, found: found.reverse(), text: answer.text };
  }

  async #targets() {
    const [from, to] = ["timestamp=2200-01-01T00:00:00.000Z", "timestamp=1970-01-01T00:00:00.000Z"];
    const answer = await this.client.request("CHATHISTORY", ["TARGETS", from, to, String(TARGETS_MAX)]);
    const conversations = inner(answer).flatMap(({ message }) =>
      message?.command === "CHATHISTORY"
        ? [{ name: message.params[1] ?? "", at: Date.parse(message.params[2] ?? "") || 0 }]
        : [],
    );
    if (answer.ok) this.client.tell({ type: "known", conversations });
    return conversations;
  }

  /**
   * @param {string} name
   * @param {string[]} params
   * @returns {Promise<Page>}
   */
  async #page(name, params) {
    const answer = await this.client.request("CHATHISTORY", [...params, String(PAGE_LEN)]);
    const items = inner(answer);
    const heard = items
      .flatMap((item) => read(item, this.client.me, this.client.clock.now()))
      .filter(({ type }) => KEPT.has(type))
      .map((heard) => ({ ...heard, conversation: name }));
    const ends = [items[0], items.at(-1)].map((item) => (item ? placeOf(item) : ""));
    const isEnd = answer.ok && (answer.isEnd || items.length === 0);
    return { ok: answer.ok, heard: /** @type {Heard[]} */ (heard), isEnd, first: ends[0], last: ends[1] };
  }
}

/**
 * @param {Answer} answer
 * @returns {Item[]}
 */
function inner(answer) {
  return answer.items.flatMap((item) => (item.batch ? item.batch.items : []));
}

/** @param {Item} item */
function placeOf(item) {
  const message = item.message ?? item.batch.opening;
  const id = message.tags.get("msgid");
  return id ? `msgid=${id}` : `timestamp=${moment(message, 0).time}`;
}
