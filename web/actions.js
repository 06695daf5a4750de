/** What a user can do: the one place where the page speaks to the client. */

import { runCommand } from "./commands.js";
import { edit, react, redact } from "./irc/amending.js";
import { fold, isRoom } from "./irc/names.js";
import { listRooms, lookAround, watch } from "./irc/people.js";
import * as session from "./session.js";
import { encode } from "./state/text.js";
import { t } from "./texts/index.js";
/** @typedef {import("./irc/client.js").Client} Client */
/** @typedef {import("./irc/client.js").Event} Event */
/** @typedef {import("./state/store.js").Store} Store */
/** @typedef {import("./state/conversation.js").Conversation} Conversation */
/** @typedef {{id: string, from: string, text: string}} About what a message answers or changes */
/** @typedef {{text: string, reply: About | null, files: import("./files.js").Sending[]}} Draft */

/** So often it is told that one is typing. */
const TYPING_EVERY_MS = 3_000;
/** A server that does not answer is asked again after so long. */
const VISIT_AGAIN_MS = 3_000;

export class Actions {
  /** @type {Set<string>} pages that are on their way */
  #loading = new Set();
  /** @type {Map<string, number>} up to where it was told that one has read */
  #marked = new Map();
  /** @type {Map<string, number>} when it was told that one is typing */
  #typing = new Map();
  /** @type {Set<string>} with whom one speaks */
  #watched = new Set();
  /** @type {Set<string>} rooms whose members are known well */
  #seen = new Set();
  /** What was begun and not sent, by conversation. @type {Map<string, Draft>} */
  drafts = new Map();
  /** The message that one goes to, until it is shown. @type {{key: string, id: string} | null} */
  wanted = null;
  /** @type {() => void} shows it, if it is at hand */
  reveal = () => {};

  /**
   * @param {Store} store
   * @param {Client} client
   * @param {import("./alerts.js").Alerts} alerts
   */
  constructor(store, client, alerts) {
    this.store = store;
    this.client = client;
    this.alerts = alerts;
    client.keep = session.keep;
    client.history.wants = (name, at) => {
      const it = store.state.conversations[fold(name)];
      return !!it?.loaded || (at > 0 && at > (it?.marker ?? (isRoom(name) ? (it?.since ?? 0) : 0)));
    };
  }

  get state() {
    return this.store.state;
  }

  /** Whether there is something that was said and not stored yet. */
  get hasUnsent() {
    return this.client.outbox.all.length > 0;
  }

  /**
   * Where a file of this page is.
   * @param {string} name
   */
  asset(name) {
    return new URL(name, import.meta.url).href;
  }

  /** Comes in by what the browser keeps, if it keeps something. */
  async begin() {
    const visit = await session.look();
    if (visit) this.store.dispatch({ type: "visited", visit });
    else this.store.dispatch({ type: "waiting", retryAt: Date.now() + VISIT_AGAIN_MS });
    if (!visit) setTimeout(() => void this.begin(), VISIT_AGAIN_MS);
    else if (visit.account) this.client.signIn({ kind: "kept", name: visit.account });
  }

  /** @param {import("./irc/registration.js").Identity} identity */
  signIn(identity) {
    this.set({ name: identity.name });
    this.client.signIn(identity);
  }

  /** The network is back, or somebody does not want to wait. */
  hurry() {
    this.client.connection.hurry();
  }

  /** Somebody looks at the page again: the machine may have slept meanwhile. */
  wake() {
    this.client.connection.hurry();
    this.client.connection.probe();
  }

  /** @param {number} local */
  retry(local) {
    this.client.retry(local);
  }

  /**
   * @param {string} name
   * @returns {Conversation | undefined}
   */
  conversation(name) {
    return this.state.conversations[fold(name)];
  }

  /**
   * The client has heard something.
   * @param {Event} event
   */
  heard(event) {
    if (event.type === "said") {
      const open = () => this.open(event.conversation);
      this.alerts.hear(this.state, event.conversation, event.entry, open);
      this.#watch([event.conversation]);
    }
    // Who was signed out elsewhere leaves nothing behind for whoever sits here next.
    if (event.type === "refused" && event.code === "KEPT") this.#forget();
    this.store.dispatch(event);
    if (event.type === "welcome") this.#begin();
    // An invitation is of use once; its code need not stay in the address.
    else if (event.type === "registered") history.replaceState(null, "", location.pathname);
    else if (event.type === "joined" && event.own) this.#seen.delete(fold(event.conversation));
    else if (event.type === "members") this.#look(event.conversation);
    else if (event.type === "known") this.#arrive(event.conversations.map(({ name }) => name));
  }

  #begin() {
    this.#loading.clear();
    this.#marked.clear();
    this.#seen.clear();
    this.#watched.clear();
  }

  /**
   * All rooms one is in are known, and with whom one spoke.
   * @param {string[]} known
   */
  #arrive(known) {
    this.#watch(known);
    const { open, settings, conversations } = this.state;
    const first = Object.values(conversations).find(({ joined }) => joined);
    const last = conversations[settings.last] ?? first;
    // On a narrow screen one sees the list first.
    if (!open && last && matchMedia("(min-width: 45rem)").matches) this.open(last.name, false);
    // What is open is fetched first, with all that is new.
    this.client.history.focus = this.state.open;
    this.#look(this.state.open);
  }

  /**
   * From now on it is told whether they are there.
   * @param {string[]} names
   */
  #watch(names) {
    const fresh = names.filter((name) => !isRoom(name) && !this.#watched.has(fold(name)));
    fresh.forEach((name) => this.#watched.add(fold(name)));
    if (fresh.length) watch(this.client, fresh);
  }

  /** @param {string} name */
  #look(name) {
    if (!name || fold(name) !== this.state.open || this.#seen.has(fold(name))) return;
    this.#seen.add(fold(name));
    void lookAround(this.client, name);
  }

  /**
   * @param {string} name
   * @param {boolean} [atEnd] whether its end is to be there
   */
  open(name, atEnd = true) {
    this.store.dispatch({ type: "open", conversation: name });
    this.client.history.focus = name;
    if (!name) return;
    this.#watch([name]);
    this.set({ last: fold(name) });
    if (this.client.isOnline && atEnd) void this.#fetch(name);
  }

  /** @param {string} name */
  async #fetch(name) {
    const it = this.conversation(name);
    if (!it || !this.client.isIn(it.name)) return;
    this.#look(it.name);
    if (!it.loaded) await this.#page(it.name, "latest", () => this.client.history.latest(it.name));
  }

  /** @param {string} name */
  older(name) {
    const it = this.conversation(name);
    if (it?.hasOlder && it.first)
      void this.#page(it.name, "older", () => this.client.history.before(it.name, it.first));
  }

  /** @param {string} name */
  newer(name) {
    const it = this.conversation(name);
    if (it && !it.atEnd) void this.#page(it.name, "newer", () => this.client.history.after(it.name, it.last));
  }

  /** @param {string} name */
  async latest(name) {
    await this.#page(name, "latest", () => this.client.history.latest(name));
  }

  /**
   * Goes to a message, wherever it is.
   * @param {string} name
   * @param {string} id
   */
  async jump(name, id) {
    this.open(name, false);
    const isHere = () => this.conversation(name)?.entries.some((entry) => entry.id === id);
    if (!isHere()) await this.#page(name, "around", () => this.client.history.around(name, `msgid=${id}`));
    if (!isHere()) return this.tell(t.nothingFound);
    this.wanted = { key: fold(name), id };
    this.reveal();
  }

  /**
   * @param {string} name
   * @param {"latest" | "older" | "newer" | "around"} where
   * @param {() => Promise<import("./irc/history.js").Page>} ask
   */
  async #page(name, where, ask) {
    const key = `${where} ${fold(name)}`;
    if (this.#loading.has(key) || !this.client.isOnline) return;
    this.#loading.add(key);
    const page = await ask();
    this.#loading.delete(key);
    if (page.ok) this.store.dispatch({ type: "page", conversation: name, where, page });
  }

  /**
   * Says what was typed, or does what a command asks for.
   * @param {string} name
   * @param {string} typed
   * @param {string} [replyTo]
   */
  say(name, typed, replyTo) {
    const command = /^\/(?!\/)(\S+)\s*([^]*)$/.exec(typed);
    if (command && command[1].toLowerCase() !== "me")
      return runCommand(this, name, command[1], command[2].trim());
    const text = command ? command[2] : typed.replace(/^\/\//, "/");
    if (!text.trim()) return;
    const after = this.conversation(name)?.entries.findLast(({ id }) => id)?.id;
    this.#typing.delete(fold(name));
    this.client.say(name, encode(text), { action: !!command, replyTo, after });
  }

  /**
   * @param {string} command
   * @param {string[]} params
   */
  order(command, params) {
    return this.done(this.client.request(command, params));
  }

  /**
   * @param {Promise<import("./irc/client.js").Answer>} asked
   * @returns {Promise<boolean>} whether it was done; if not, it was told why
   */
  async done(asked) {
    const answer = await asked;
    if (!answer.ok) this.tell(answer.text || t.lost);
    return answer.ok;
  }

  /** @param {string} name */
  typing(name) {
    const now = Date.now();
    if (now - (this.#typing.get(fold(name)) ?? 0) < TYPING_EVERY_MS) return;
    this.#typing.set(fold(name), now);
    this.client.typing(name, "active");
  }

  /** @param {string} name */
  typingDone(name) {
    if (this.#typing.delete(fold(name))) this.client.typing(name, "done");
  }

  /**
   * The end of a conversation was seen.
   * @param {string} name
   */
  read(name) {
    const it = this.conversation(name);
    const last = it?.entries.at(-1);
    if (!it?.atEnd || !last || last.at <= Math.max(it.marker ?? 0, this.#marked.get(it.key) ?? 0)) return;
    this.#marked.set(it.key, last.at);
    this.store.dispatch({ type: "read", conversation: it.name, at: last.at });
    this.client.markRead(it.name, last.time);
  }

  /**
   * @param {string} name
   * @param {string} id
   * @param {string} typed
   */
  edit(name, id, typed) {
    return this.done(edit(this.client, name, id, encode(typed)));
  }

  /**
   * @param {string} name
   * @param {string} id
   */
  remove(name, id) {
    return this.done(redact(this.client, name, id));
  }

  /**
   * @param {string} name
   * @param {string} id
   * @param {string} emoji
   * @param {boolean} on
   */
  react(name, id, emoji, on) {
    return this.done(react(this.client, name, id, emoji, on));
  }

  /**
   * @param {string} name
   * @param {number} local
   */
  forget(name, local) {
    this.client.outbox.remove(local);
    this.store.dispatch({ type: "forgotten", conversation: name, local });
  }

  /** @param {string} room */
  async join(room) {
    const name = isRoom(room) ? room : `#${room}`;
    if (await this.order("JOIN", [name])) this.open(this.conversation(name)?.name ?? name);
  }

  /**
   * Leaves a room; a conversation with somebody is only put away.
   * @param {string} name
   */
  leave(name) {
    const it = this.conversation(name);
    if (it?.isRoom && it.joined) void this.order("PART", [it.name]);
    else this.store.dispatch({ type: "close", conversation: name });
  }

  rooms() {
    return listRooms(this.client);
  }

  /**
   * @param {string} text
   * @param {string} [within]
   */
  search(text, within) {
    return this.client.history.search(text, { within });
  }

  /** @param {Partial<import("./state/settings.js").Settings>} settings */
  set(settings) {
    this.store.dispatch({ type: "set", settings });
  }

  /** @param {string} name */
  mute(name) {
    const { muted } = this.state.settings;
    const key = fold(name);
    this.set({ muted: muted.includes(key) ? muted.filter((one) => one !== key) : [...muted, key] });
  }

  /** @param {string} text */
  tell(text) {
    this.store.dispatch({ type: "told", text, about: "" });
  }

  /** @returns {Promise<boolean>} whether nobody can come back by this browser without signing in */
  async signOut() {
    if (this.client.isKept && !(await session.end())) {
      this.tell(t.signOutFailed);
      return false;
    }
    this.#forget();
    return true;
  }

  #forget() {
    this.client.signOut();
    this.drafts.clear();
    this.store.dispatch({ type: "signed-out" });
  }
}
