/**
 * The messages of the open conversation. No more elements than entries are at hand; what is read stays where it
 * is, whatever comes in above or below.
 */

import { fold } from "../irc/names.js";
import { rowsOf } from "../state/rows.js";
import { dayKey, t } from "../texts/index.js";
import { fill, h, icon, reconcile } from "./dom.js";
import { Part, context } from "./part.js";
import { Toolbar } from "./toolbar.js";
import { makeRow } from "./row.js";
/** @typedef {import("../state/reducer.js").State} State */
/** @typedef {import("../state/rows.js").Row} Row */

/** So near to its end it counts as the end. */
const END_PX = 60;
/** So near to what is at hand more is fetched. */
const MORE_PX = 900;

export class Timeline extends Part {
  #log = h("div", { class: "log", role: "log", "aria-live": "polite" });
  #start = h("div", { class: "start" });
  #scroll = h("div", { class: "scroll", tabindex: "0", role: "group" }, this.#start, this.#log);
  #typing = h("div", { class: "typing", "aria-live": "polite" });
  #down = h("button", { type: "button", class: "to-latest", hidden: true, click: () => this.#toLatest() });
  #toolbar = new Toolbar();
  #name = "";
  #sticks = true;
  #isFirst = true;
  #sizes = new ResizeObserver(() => this.#keep());
  #events = new AbortController();

  build() {
    const { open, conversations } = this.state;
    this.#name = conversations[open]?.name ?? "";
    this.#log.setAttribute("aria-label", t.messagesIn(this.#name));
    this.#scroll.setAttribute("aria-label", t.messages);
    fill(this, h("div", { class: "frame" }, this.#scroll, this.#down), this.#typing);
    const { signal } = this.#events;
    this.#scroll.addEventListener("scroll", () => this.#scrolled(), { passive: true, signal });
    this.#log.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#log.addEventListener("pointerover", (event) => this.#attend(event), { signal });
    this.#log.addEventListener("focusin", (event) => this.#attend(event), { signal });
    this.#log.addEventListener("pointerleave", () => this.#toolbar.leave(), { signal });
    document.addEventListener("visibilitychange", () => this.#seen(), { signal });
    window.addEventListener("focus", () => this.#seen(), { signal });
    window.addEventListener("blur", () => this.#lookAway(), { signal });
    this.#sizes.observe(this.#scroll);
    this.#sizes.observe(this.#log);
    context.actions.reveal = () => {
      this.refresh();
      this.#reveal();
    };
    this.addEventListener("attend-last", () => this.#focusRow(this.#messages().at(-1)), { signal });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#events.abort();
    this.#sizes.disconnect();
  }

  /** @param {State} state */
  shown(state) {
    return [state.conversations[state.open], state.me];
  }

  update() {
    const { me } = this.state;
    const it = context.actions.conversation(this.#name);
    if (!it) return;
    const rows = rowsOf(it, me.nick, dayKey);
    const seen = this.#sticks ? [] : this.#visible();
    this.#log.setAttribute("aria-busy", String(!it.loaded));
    reconcile(
      this.#log,
      rows,
      ({ key }) => key,
      (row) => JSON.stringify(row),
      (row) => makeRow(row, it),
    );
    this.#drawStart(it);
    this.#hold(seen);
    if (it.loaded && this.#isFirst) this.#arrive();
    else if (this.#sticks && it.atEnd) this.#toEnd();
    this.#reveal();
    this.#drawDown(it);
    this.#drawTyping(it);
    this.#seen();
    this.#fillUp();
  }

  /** @param {import("../state/conversation.js").Conversation} it */
  #drawStart(it) {
    const isFirst = it.loaded && !it.hasOlder;
    this.#start.textContent = isFirst ? t.beginning(it.name) : it.joined || !it.isRoom ? t.loading : "";
  }

  /** The first time that its messages are there: what is new, or the end. */
  #arrive() {
    this.#isFirst = false;
    const line = this.#log.querySelector(".new-line");
    this.#toEnd();
    if (!line) return;
    const above = line.getBoundingClientRect().top - this.#scroll.getBoundingClientRect().top;
    if (above < 0) {
      this.#scroll.scrollTop += above - this.#scroll.clientHeight / 4;
      this.#noticeEnd();
    }
  }

  /** Rows that are to be seen, and where they are. */
  #visible() {
    const { top, bottom } = this.#scroll.getBoundingClientRect();
    const seen = [];
    for (const row of /** @type {Iterable<HTMLElement>} */ (this.#log.children)) {
      const at = row.getBoundingClientRect();
      if (at.top > bottom) break;
      if (at.bottom > top) seen.push({ key: row.dataset.key, top: at.top });
    }
    return seen;
  }

  /**
   * Moves what was seen to where it was; a row may have been drawn anew since, or have become part of another.
   * @param {{key: string | undefined, top: number}[]} seen
   */
  #hold(seen) {
    const rows = new Map(
      /** @type {HTMLElement[]} */ ([...this.#log.children]).map((row) => [row.dataset.key, row]),
    );
    // The line of a day goes up with the first message of the day.
    const held = seen.find(({ key }) => rows.has(key) && !key?.startsWith("day "));
    const row = held && rows.get(held.key);
    if (row) this.#scroll.scrollTop += row.getBoundingClientRect().top - held.top;
  }

  #toEnd() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  /** The window or a row got another size. */
  #keep() {
    if (this.#sticks) this.#toEnd();
    this.#fillUp();
  }

  #scrolled() {
    this.#noticeEnd();
    this.#fillUp();
    this.#seen();
  }

  #noticeEnd() {
    const it = context.actions.conversation(this.#name);
    const below = this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight;
    const sticks = below < END_PX && !!it?.atEnd;
    if (sticks === this.#sticks || !it) return;
    this.#sticks = sticks;
    context.store.dispatch({ type: "pinned", conversation: this.#name, pinned: sticks });
    this.#drawDown(it);
  }

  #fillUp() {
    const it = context.actions.conversation(this.#name);
    if (!it?.loaded) return;
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll;
    if (scrollTop < MORE_PX && it.hasOlder) context.actions.older(this.#name);
    if (scrollHeight - scrollTop - clientHeight < MORE_PX && !it.atEnd) {
      this.#sticks = false;
      context.actions.newer(this.#name);
    }
  }

  /** Whether the end was seen by somebody. */
  #seen() {
    if (this.#sticks && !this.#isFirst && document.hasFocus() && document.visibilityState === "visible")
      context.actions.read(this.#name);
  }

  /** What comes while one looks elsewhere is new on coming back. */
  #lookAway() {
    const it = context.actions.conversation(this.#name);
    if (it && it.unread === 0)
      context.store.dispatch({ type: "divide", conversation: this.#name, at: it.entries.at(-1)?.at ?? null });
  }

  /** @param {import("../state/conversation.js").Conversation} it */
  #drawDown(it) {
    this.#down.hidden = this.#sticks || !it.loaded;
    const words = it.unread > 0 ? t.newBelow(it.unread) : "";
    fill(this.#down, icon("down"), words || h("span", { class: "sr" }, t.toLatest));
  }

  #toLatest() {
    const it = context.actions.conversation(this.#name);
    if (!it) return;
    this.#sticks = true;
    if (it.atEnd) {
      this.#toEnd();
      this.#noticeEnd();
      this.#seen();
    } else {
      void context.actions.latest(this.#name);
    }
  }

  /** @param {import("../state/conversation.js").Conversation} it */
  #drawTyping(it) {
    const nicks = Object.values(it.typing).map(({ nick }) => nick);
    this.#typing.textContent = nicks.length ? t.typing(nicks) : "";
  }

  /** Goes to the message that was asked for. */
  #reveal() {
    const { wanted } = context.actions;
    const rows = /** @type {HTMLElement[]} */ ([...this.#log.children]);
    const row = rows.find(({ dataset }) => wanted?.key === fold(this.#name) && dataset.key === wanted.id);
    if (!row) return;
    context.actions.wanted = null;
    this.#sticks = false;
    this.#isFirst = false;
    row.scrollIntoView({ block: "center" });
    this.#noticeEnd();
    row.classList.remove("found");
    requestAnimationFrame(() => row.classList.add("found"));
    this.#focusRow(row);
  }

  /** @returns {HTMLElement[]} */
  #messages() {
    return [...this.#log.querySelectorAll("article")];
  }

  /** @param {HTMLElement | undefined} row */
  #focusRow(row) {
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Event} event */
  #attend(event) {
    const row = event.target instanceof Element ? event.target.closest("article") : null;
    const it = context.actions.conversation(this.#name);
    if (row && it) this.#toolbar.attend(row, it);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const all = this.#messages();
    const row = event.target instanceof Element ? event.target.closest("article") : null;
    const at = row ? all.indexOf(row) : all.length;
    if (event.key === "ArrowUp") this.#focusRow(all[Math.max(0, at - 1)]);
    else if (event.key === "ArrowDown" && at + 1 < all.length) this.#focusRow(all[at + 1]);
    else if (event.key === "ArrowDown" || event.key === "Escape") document.querySelector("textarea")?.focus();
    else if (event.key === "Enter" && event.target === row) this.#toolbar.enter();
    else return;
    event.preventDefault();
  }
}
