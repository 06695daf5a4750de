/** The conversations: a list at the left, one of them in the middle, people or search at the right. */

import { t } from "../texts/index.js";
import { openSwitcher } from "./dialogs.js";
import { fill, h, iconButton } from "./dom.js";
import { Part, context } from "./part.js";
/** @typedef {import("../state/reducer.js").State} State */

export class Main extends Part {
  #side = h("div", { class: "side" });
  #title = document.title;
  #keys = (/** @type {KeyboardEvent} */ event) => this.#key(event);

  build() {
    fill(this, h("chat-list", {}), h("chat-talk", {}), this.#side);
    document.addEventListener("keydown", this.#keys);
    this.addEventListener("side", (event) => this.#show(/** @type {CustomEvent} */ (event).detail));
    this.#side.dataset.kind = "";
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.#keys);
    document.title = this.#title;
  }

  /** @param {State} state */
  shown(state) {
    return [state.open, state.conversations, state.settings.muted, state.network];
  }

  update() {
    const { open, conversations, settings, network } = this.state;
    this.dataset.pane = open ? "talk" : "list";
    const it = conversations[open];
    let count = 0;
    for (const one of Object.values(conversations)) {
      if (!settings.muted.includes(one.key)) count += one.isRoom ? one.mentioned : one.unread;
    }
    document.title = [count > 0 ? `(${count})` : "", it?.name ?? "", it ? "·" : "", network || this.#title]
      .filter(Boolean)
      .join(" ");
    if (!open && this.#side.dataset.kind) this.#show("");
  }

  /**
   * What is shown at the side; the same again closes it.
   * @param {string} kind
   */
  #show(kind) {
    const next = this.#side.dataset.kind === kind ? "" : kind;
    this.#side.dataset.kind = next;
    if (!next) return fill(this.#side);
    const title = next === "search" ? t.search : t.people;
    const close = iconButton("close", t.close, () => this.#show(next));
    const content = document.createElement(next === "search" ? "chat-search" : "chat-people");
    fill(
      this.#side,
      h("section", { "aria-label": title }, h("header", {}, h("h2", {}, title), close), content),
    );
    const input = content.querySelector("input");
    (input ?? close).focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (document.querySelector("dialog[open]")) return;
    const isCommand = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (isCommand && !event.shiftKey && key === "k") openSwitcher();
    else if (isCommand && !event.shiftKey && key === "f" && this.state.open) {
      if (this.#side.dataset.kind !== "search") this.#show("search");
      else this.#side.querySelector("input")?.focus();
    } else if (event.altKey && (key === "arrowup" || key === "arrowdown"))
      this.#step(key === "arrowup" ? -1 : 1);
    else return;
    event.preventDefault();
  }

  /** @param {number} step */
  #step(step) {
    const all = [...this.querySelectorAll("chat-list a")].map(
      (one) => /** @type {HTMLElement} */ (one).dataset.name ?? "",
    );
    const at = all.findIndex((name) => name && name === this.state.conversations[this.state.open]?.name);
    const next = all[(at + step + all.length) % all.length];
    if (next) context.actions.open(next);
  }
}
