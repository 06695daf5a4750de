/** What can be done with a message: one small bar that goes to the message one looks at. */

import { fold } from "../irc/names.js";
import { decode, plain } from "../state/text.js";
import { textOf } from "../state/rows.js";
import { t } from "../texts/index.js";
import { arrows, ask, openPopover } from "./dialog.js";
import { fill, h, iconButton } from "./dom.js";
import { context } from "./part.js";
/** @typedef {import("../state/conversation.js").Conversation} Conversation */
/** @typedef {import("../irc/events.js").Entry} Entry */

const EMOJI = [
  "👍",
  "❤️",
  "😂",
  "🎉",
  "😮",
  "😢",
  "🙏",
  "👀",
  "✅",
  "❌",
  "🔥",
  "🚀",
  "🤔",
  "👏",
  "💯",
  "☕️",
];
const REACTION_LENGTH_MAX = 16;

export class Toolbar {
  #bar = h("div", {
    class: "toolbar",
    role: "toolbar",
    "aria-label": t.actions,
    keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
  });
  /** @type {HTMLElement | null} */
  #row = null;

  /**
   * @param {HTMLElement} row
   * @param {Conversation} it
   */
  attend(row, it) {
    if (row === this.#row && this.#bar.isConnected) return;
    const entry = it.entries.find(({ id }) => id && id === row.dataset.id);
    const isGone = !!entry && it.amended.redacted[entry.id] !== undefined;
    if (this.#bar.contains(document.activeElement) && this.#row?.isConnected) return;
    this.#row = row;
    if (!entry || isGone || (!it.isRoom && !entry.id)) return this.#bar.remove();
    fill(this.#bar, ...this.#buttons(entry, it));
    row.append(this.#bar);
  }

  leave() {
    if (!this.#bar.contains(document.activeElement) && !this.#row?.contains(document.activeElement))
      this.#bar.remove();
  }

  /** By key: the first of its buttons. */
  enter() {
    this.#bar.querySelector("button")?.focus();
  }

  /**
   * @param {Entry} entry
   * @param {Conversation} it
   */
  #buttons(entry, it) {
    const { state } = context.store;
    const can = (/** @type {string} */ cap) => state.can.includes(cap);
    const text = textOf(it, entry).text;
    const props = { tabindex: "-1" };
    const isOperator = /[~&@]/.test(it.members?.[fold(state.me.nick)]?.roles ?? "");
    const write = (/** @type {object} */ detail) =>
      document.querySelector("chat-composer")?.dispatchEvent(new CustomEvent("compose", { detail }));
    const about = { id: entry.id, from: entry.from, text: plain(text) };
    return [
      iconButton("smile", t.react, (event) => this.#pick(event, entry, it), props),
      iconButton("reply", t.reply, () => write({ reply: about }), props),
      entry.own &&
        can("chat-secure/message-edit") &&
        entry.kind !== "action" &&
        iconButton("edit", t.edit, () => write({ edit: { ...about, text: decode(text) } }), props),
      iconButton("copy", t.copy, () => void navigator.clipboard.writeText(plain(text)), props),
      (entry.own || isOperator) &&
        can("draft/message-redaction") &&
        iconButton(
          "trash",
          t.remove,
          () =>
            ask(
              t.removeQuestion,
              t.removeHint,
              t.remove,
              () => void context.actions.remove(it.name, entry.id),
            ),
          props,
        ),
    ];
  }

  /**
   * @param {MouseEvent} event
   * @param {Entry} entry
   * @param {Conversation} it
   */
  #pick(event, entry, it) {
    openPopover(
      /** @type {Element} */ (event.currentTarget),
      t.react,
      (close) => {
        const choose = (/** @type {string} */ emoji) => {
          close();
          if (emoji.trim()) void context.actions.react(it.name, entry.id, emoji.trim(), true);
          document.querySelector("textarea")?.focus();
        };
        const all = EMOJI.map((emoji) => h("button", { type: "button", click: () => choose(emoji) }, emoji));
        const other = h("input", {
          "aria-label": t.anotherEmoji,
          placeholder: t.anotherEmoji,
          maxlength: REACTION_LENGTH_MAX,
        });
        other.addEventListener("keydown", (event) => {
          if (event.key === "Enter") choose(other.value);
        });
        return [h("div", { class: "emoji", keydown: arrows }, ...all), other];
      },
      "picker",
    );
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape") this.#row?.focus();
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") arrows(event);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
