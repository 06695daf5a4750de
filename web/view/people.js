/** The people of a room, and whether they are there. */

import { fold } from "../irc/names.js";
import { t } from "../texts/index.js";
import { fill, h } from "./dom.js";
import { isOperator, openMember } from "./moderation.js";
import { Part, context } from "./part.js";
import { avatar, nickname } from "./person.js";
/** @typedef {import("../state/reducer.js").State} State */
/** @typedef {import("../state/conversation.js").Member} Member */

/** Who else there is, is told by their number. */
const SHOWN_MAX = 500;

export class People extends Part {
  /** @param {State} state */
  shown(state) {
    return [state.conversations[state.open]?.members, state.presences];
  }

  update() {
    const { conversations, open, presences } = this.state;
    const members = Object.values(conversations[open]?.members ?? {}).sort(
      (a, b) => rank(a) - rank(b) || a.nick.localeCompare(b.nick),
    );
    const presenceOf = (/** @type {Member} */ { nick }) => presences[fold(nick)] ?? "online";
    const groups = /** @type {const} */ ([
      ["online", t.online],
      ["away", t.away],
      ["offline", t.offlinePeople],
    ]);
    const sections = groups.map(([presence, title]) => {
      const here = members.filter((member) => presenceOf(member) === presence);
      if (!here.length) return null;
      const items = here.slice(0, SHOWN_MAX).map((member) => this.#item(member, presence));
      return h(
        "section",
        { class: presence },
        h("h3", {}, `${title} · ${here.length}`),
        h("ul", {}, ...items),
      );
    });
    fill(this, ...sections);
  }

  /**
   * @param {Member} member
   * @param {string} presence
   */
  #item(member, presence) {
    const { nick, roles } = member;
    const room = this.state.conversations[this.state.open];
    const hasMenu = isOperator(room);
    const isMe = fold(nick) === fold(this.state.me.nick);
    const role = roles.includes("~")
      ? t.founder
      : /[&@]/.test(roles)
        ? t.operator
        : roles.includes("+")
          ? t.voice
          : "";
    const tag = isMe ? t.you : role;
    const open = (/** @type {MouseEvent} */ { currentTarget }) =>
      hasMenu ? openMember(/** @type {Element} */ (currentTarget), room, member) : context.actions.open(nick);
    const title = isMe ? undefined : hasMenu ? t.actionsFor(nick) : t.write;
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", disabled: isMe, title, "aria-haspopup": hasMenu && "true", click: open },
        avatar(nick, presence),
        nickname(nick),
        tag && h("span", { class: "tag" }, tag),
      ),
    );
  }
}

/** @param {Member} member */
function rank({ roles }) {
  return /[~&@]/.test(roles) ? 0 : 1;
}
