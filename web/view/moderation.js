/** What operators of a room have at hand: the menu on a person, removing and banning, the bans, another name. */

import { ban, listBans, maskOf, remove, rename, setRole } from "../irc/moderation.js";
import { fold } from "../irc/names.js";
import { dateOf, t } from "../texts/index.js";
import { arrows, openDialog, openPopover } from "./dialog.js";
import { field, fill, h, icon } from "./dom.js";
import { context } from "./part.js";
/** @typedef {import("../state/conversation.js").Conversation} Conversation */
/** @typedef {import("../state/conversation.js").Member} Member */

/**
 * Whether one may do what operators do there.
 * @param {Conversation | undefined} room
 */
export function isOperator(room) {
  const own = room?.members?.[fold(context.store.state.me.nick)];
  return !!room?.joined && /[~&@]/.test(own?.roles ?? "");
}

/**
 * What can be done about somebody, beside them.
 * @param {Element} beside
 * @param {Conversation} room
 * @param {Member} member
 */
export function openMember(beside, room, { nick, roles }) {
  const { actions } = context;
  openPopover(beside, nick, (close) => {
    const one = (/** @type {string} */ sign, /** @type {string} */ text, /** @type {() => void} */ then) =>
      h("button", { type: "button", click: () => (close(), then()) }, icon(sign), text);
    const give = (/** @type {string} */ mode, /** @type {boolean} */ on) => () =>
      void actions.done(setRole(actions.client, room.name, mode, on, nick));
    const [hasOp, hasVoice] = [roles.includes("@"), roles.includes("+")];
    const isFounder = roles.includes("~");
    const all = [one("send", t.write, () => actions.open(nick))];
    // What the server lets nobody do to a founder.
    if (!isFounder) {
      all.push(one("crown", hasOp ? t.takeOperator : t.giveOperator, give("o", !hasOp)));
      all.push(one("voice", hasVoice ? t.takeVoice : t.giveVoice, give("v", !hasVoice)));
      all.push(one("leave", t.removeFromRoom, () => openRemove(room.name, nick, false)));
      all.push(one("warning", t.ban, () => openRemove(room.name, nick, true)));
    }
    return [h("div", { class: "menu-items", keydown: arrows }, ...all)];
  });
}

/**
 * Removes somebody, and keeps them out if that is wanted.
 * @param {string} room
 * @param {string} nick
 * @param {boolean} isBan
 */
function openRemove(room, nick, isBan) {
  const { actions } = context;
  const title = isBan ? t.banQuestion(nick) : t.removeFromQuestion(nick);
  openDialog(title, (close) => {
    const reason = h("input", { id: "reason", autofocus: true, maxlength: 200, autocomplete: "off" });
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      close();
      // Who is out could come back before the ban is there.
      if (isBan) {
        const mask = await maskOf(actions.client, nick);
        if (!(await actions.done(ban(actions.client, room, true, mask)))) return;
      }
      await actions.done(remove(actions.client, room, nick, reason.value.trim()));
    };
    return [
      h("p", {}, isBan ? t.banHint : t.removeFromHint),
      h(
        "form",
        { submit },
        field(t.reason, reason),
        h(
          "footer",
          {},
          h("button", { type: "button", class: "button", click: close }, t.cancel),
          h("button", { type: "submit", class: "button danger" }, isBan ? t.ban : t.removeFromRoom),
        ),
      ),
    ];
  });
}

/**
 * Who is banned from a room, and how to lift it.
 * @param {string} room
 */
export function openBans(room) {
  const { actions } = context;
  const list = h("ul", { class: "devices", "aria-label": t.bans });
  const dialog = openDialog(`${t.bans} · ${room}`, () => [list]);
  const draw = async () => {
    const bans = await listBans(actions.client, room);
    if (!dialog.open) return;
    const rows = (bans ?? []).map(({ mask, by, at }) =>
      h(
        "li",
        {},
        h(
          "div",
          { class: "choice" },
          h("bdi", {}, mask.replace(/^a:/, "")),
          h("span", { class: "hint" }, t.bannedBy(by, dateOf(at))),
        ),
        h(
          "button",
          {
            type: "button",
            class: "button small",
            "aria-label": t.unbanOf(mask),
            click: () => void lift(mask),
          },
          t.unban,
        ),
      ),
    );
    const words = bans ? !rows.length && t.noBans : t.lost;
    fill(list, ...rows, words && h("li", { class: "hint" }, words));
  };
  const lift = async (/** @type {string} */ mask) => {
    await actions.done(ban(actions.client, room, false, mask));
    await draw();
    (list.querySelector("button") ?? dialog.querySelector("button"))?.focus();
  };
  fill(list, h("li", { class: "hint" }, t.loading));
  void draw();
}

/** @param {string} room */
export function openRename(room) {
  const { actions } = context;
  openDialog(t.renameRoom, (close) => {
    const input = h("input", {
      id: "room-name",
      autofocus: true,
      autocapitalize: "none",
      spellcheck: "false",
      autocomplete: "off",
      maxlength: 63,
      value: room.replace(/^#/, ""),
    });
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const name = `#${input.value
        .trim()
        .replace(/^#/, "")
        .replace(/[\s,:]+/g, "-")}`;
      if (name === "#") return;
      close();
      if (name !== room) void actions.done(rename(actions.client, room, name));
    };
    return [
      h(
        "form",
        { submit },
        field(t.roomName, input),
        h(
          "footer",
          {},
          h("button", { type: "button", class: "button", click: close }, t.cancel),
          h("button", { type: "submit", class: "button primary" }, t.save),
        ),
      ),
    ];
  });
}
