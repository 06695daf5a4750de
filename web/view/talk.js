/** One conversation: its head, its messages, and where one writes. */

import { t } from "../texts/index.js";
import { arrows, ask, openPopover } from "./dialog.js";
import { openTopic } from "./dialogs.js";
import { fill, h, icon, iconButton } from "./dom.js";
import { isOperator, openBans, openRename } from "./moderation.js";
import { Part, context } from "./part.js";
import { avatar } from "./person.js";
/** @typedef {import("../state/reducer.js").State} State */

export class Talk extends Part {
  #head = h("header", { class: "talk-head" });
  #state = h("div", { class: "link-state", role: "status" });
  #body = h("div", { class: "talk-body" });
  #key = "";
  #clock = 0;

  build() {
    fill(this, this.#head, this.#state, this.#body);
    this.#clock = setInterval(() => this.#tellLink(), 1_000);
    addEventListener("online", this.#online);
    addEventListener("offline", this.#online);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.#clock);
    removeEventListener("online", this.#online);
    removeEventListener("offline", this.#online);
  }

  #online = () => this.#tellLink();

  /** @param {State} state */
  shown(state) {
    const it = state.conversations[state.open];
    return [
      state.open,
      it?.name,
      it?.topic,
      it?.joined,
      it?.members,
      state.presences,
      state.link,
      state.settings.muted,
    ];
  }

  update() {
    const { open, conversations } = this.state;
    const it = conversations[open];
    this.#tellLink();
    if (!it) {
      this.#key = "";
      fill(this.#head);
      fill(this.#body, h("div", { class: "empty" }, h("h2", {}, t.welcomeTitle), h("p", {}, t.welcomeText)));
      return;
    }
    this.#drawHead(it);
    if (this.#key === open) return;
    this.#key = open;
    fill(this.#body, h("chat-timeline", {}), h("chat-composer", {}));
  }

  /** @param {import("../state/conversation.js").Conversation} it */
  #drawHead(it) {
    const presence = this.state.presences[it.key] ?? "offline";
    const side = (/** @type {string} */ kind) => () =>
      this.dispatchEvent(new CustomEvent("side", { bubbles: true, detail: kind }));
    const count = it.members ? Object.keys(it.members).length : 0;
    const topic =
      it.isRoom &&
      h(
        "button",
        { type: "button", class: "topic", title: it.topic || t.setTopic, click: () => openTopic(it.name) },
        it.topic || t.noTopic,
      );
    const words = { online: t.online, away: t.away, offline: t.offlinePeople }[presence];
    const focused = this.#head.contains(document.activeElement)
      ? document.activeElement?.getAttribute("aria-label")
      : null;
    fill(
      this.#head,
      iconButton("back", t.back, () => context.actions.open(""), { class: "icon-button narrow-only" }),
      it.isRoom ? h("span", { class: "room-sign" }, icon("hash")) : avatar(it.name, presence),
      h(
        "div",
        { class: "what" },
        h("h2", {}, h("bdi", {}, it.name.replace(/^#/, ""))),
        topic || h("span", { class: "presence" }, words),
      ),
      iconButton("search", t.search, side("search")),
      it.isRoom &&
        h(
          "button",
          {
            type: "button",
            class: "icon-button count",
            "aria-label": `${t.people}: ${t.peopleCount(count)}`,
            title: t.people,
            click: side("people"),
          },
          icon("people"),
          h("span", { "aria-hidden": "true" }, String(count || "")),
        ),
      iconButton("more", t.more, (event) => this.#menu(event, it), { "aria-haspopup": "true" }),
    );
    if (focused)
      /** @type {HTMLElement | null} */ (
        this.#head.querySelector(`[aria-label="${CSS.escape(focused)}"]`)
      )?.focus();
  }

  /**
   * @param {MouseEvent} event
   * @param {import("../state/conversation.js").Conversation} it
   */
  #menu(event, it) {
    const isMuted = this.state.settings.muted.includes(it.key);
    openPopover(/** @type {Element} */ (event.currentTarget), t.more, (close) => {
      const one = (/** @type {string} */ sign, /** @type {string} */ text, /** @type {() => void} */ then) =>
        h("button", { type: "button", click: () => (close(), then()) }, icon(sign), text);
      const leave = () =>
        it.isRoom && it.joined
          ? ask(t.leaveQuestion(it.name), t.leaveHint, t.leave, () => context.actions.leave(it.name))
          : context.actions.leave(it.name);
      const all = [
        it.isRoom && it.joined && one("edit", t.setTopic, () => openTopic(it.name)),
        isOperator(it) && one("hash", t.renameRoom, () => openRename(it.name)),
        isOperator(it) && one("warning", t.bans, () => openBans(it.name)),
        one("bellOff", isMuted ? t.unmute : t.mute, () => context.actions.mute(it.name)),
        one("leave", it.isRoom ? t.leave : t.closeConversation, leave),
      ];
      return [h("div", { class: "menu-items", keydown: arrows }, ...all)];
    });
  }

  #tellLink() {
    const { link } = this.state;
    const isBad = link.phase !== "online";
    this.#state.hidden = !isBad;
    if (!isBad) return void (this.#state.dataset.said = "");
    const isOffline = !navigator.onLine;
    const seconds = Math.max(0, Math.ceil((link.retryAt - Date.now()) / 1_000));
    const words = isOffline ? t.offline : link.phase === "connecting" ? t.connecting : t.lost;
    // What counts down is not told again and again.
    if (this.#state.dataset.said !== words) {
      this.#state.dataset.said = words;
      const retry = h(
        "button",
        { type: "button", class: "button small", click: () => context.actions.hurry() },
        t.retryNow,
      );
      fill(
        this.#state,
        icon("warning"),
        h("span", {}, words),
        h("span", { class: "count-down", "aria-hidden": "true" }),
        link.phase === "waiting" && retry,
      );
    }
    const down = this.#state.querySelector(".count-down");
    if (down)
      down.textContent = link.phase === "waiting" && !isOffline && seconds > 0 ? t.retryIn(seconds) : "";
  }
}
