/** All conversations, with what is new in them. */

import { t } from "../texts/index.js";
import { openPerson, openRooms, openSettings } from "./dialogs.js";
import { fill, h, icon, iconButton, reconcile } from "./dom.js";
import { Part, context } from "./part.js";
import { avatar } from "./person.js";
/** @typedef {import("../state/reducer.js").State} State */
/** @typedef {import("../state/conversation.js").Conversation} Conversation */

export class List extends Part {
  #network = h("h1", { class: "network" });
  #rooms = h("div", { class: "items", role: "list" });
  #people = h("div", { class: "items", role: "list" });
  #me = h("div", { class: "me" });

  build() {
    fill(
      this,
      h("header", {}, this.#network),
      h(
        "nav",
        { "aria-label": t.conversations },
        section(
          t.rooms,
          iconButton("plus", t.addRoom, () => openRooms()),
          this.#rooms,
        ),
        section(
          t.directMessages,
          iconButton("plus", t.addPerson, () => openPerson()),
          this.#people,
        ),
      ),
      h(
        "footer",
        {},
        this.#me,
        iconButton("settings", t.settings, () => openSettings()),
      ),
    );
  }

  /** @param {State} state */
  shown(state) {
    return [
      state.conversations,
      state.open,
      state.presences,
      state.settings.muted,
      state.me,
      state.network,
      state.link.phase,
    ];
  }

  update() {
    const { conversations, me, network, link } = this.state;
    const all = Object.values(conversations);
    this.#network.textContent = network;
    const rooms = all.filter(({ isRoom }) => isRoom).sort((a, b) => a.key.localeCompare(b.key));
    const people = all
      .filter(({ isRoom }) => !isRoom)
      .sort((a, b) => b.latest - a.latest || a.key.localeCompare(b.key));
    this.#show(this.#rooms, rooms);
    this.#show(this.#people, people);
    const presence = link.phase === "online" ? "online" : "offline";
    fill(this.#me, avatar(me.nick, presence), h("bdi", { class: "name" }, me.nick));
  }

  /**
   * @param {HTMLElement} parent
   * @param {Conversation[]} items
   */
  #show(parent, items) {
    const { open, presences, settings } = this.state;
    const presenceOf = (/** @type {Conversation} */ it) => presences[it.key] ?? "offline";
    const isMuted = (/** @type {Conversation} */ it) => settings.muted.includes(it.key);
    const stamp = (/** @type {Conversation} */ it) =>
      JSON.stringify([
        it.name,
        it.joined,
        it.unread,
        it.mentioned,
        it.more,
        it.key === open,
        isMuted(it),
        it.isRoom || presenceOf(it),
      ]);
    reconcile(
      parent,
      items,
      ({ key }) => key,
      stamp,
      (it) => item(it, it.key === open, isMuted(it), presenceOf(it)),
    );
  }
}

/**
 * @param {string} title
 * @param {HTMLElement} button
 * @param {HTMLElement} items
 */
function section(title, button, items) {
  return h("section", { "aria-label": title }, h("header", {}, h("h2", {}, title), button), items);
}

/**
 * @param {Conversation} it
 * @param {boolean} isOpen
 * @param {boolean} isMuted
 * @param {string} presence
 */
function item(it, isOpen, isMuted, presence) {
  const count = it.isRoom ? it.mentioned : it.unread;
  const isNew = it.unread > 0 && !isMuted;
  const many = it.more || it.unread > 99 ? "99+" : String(count);
  const words = [
    isNew && t.unread(it.unread),
    it.mentioned > 0 && it.isRoom && t.unreadMentions(it.mentioned),
    isMuted && t.muted,
  ];
  const link = h(
    "a",
    {
      href: `#${encodeURIComponent(it.name)}`,
      class: ["item", isOpen && "open", isNew && "new", isMuted && "muted", it.isRoom && !it.joined && "gone"]
        .filter(Boolean)
        .join(" "),
      "aria-current": isOpen ? "page" : undefined,
      "data-name": it.name,
      click: (/** @type {MouseEvent} */ event) => {
        event.preventDefault();
        context.actions.open(it.name);
      },
    },
    it.isRoom ? icon("hash") : avatar(it.name, presence),
    h("bdi", { class: "name" }, it.name.replace(/^#/, "")),
    isMuted && icon("bellOff"),
    h("span", { class: "sr" }, words.filter(Boolean).join(", ")),
    isNew && count > 0 && h("span", { class: "badge", "aria-hidden": "true" }, many),
  );
  return h("div", { role: "listitem" }, link);
}
