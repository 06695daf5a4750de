/** The dialogs: rooms, people, going to a conversation, a room's topic, settings. */

import { fold } from "../irc/names.js";
import { LANGUAGES, t } from "../texts/index.js";
import { openDevices, openPassword, openSecondFactor } from "./account.js";
import { openDialog } from "./dialog.js";
import { fill, h, icon } from "./dom.js";
import { context } from "./part.js";
import { avatar } from "./person.js";
/** @typedef {import("../state/conversation.js").Conversation} Conversation */

const SHOWN_MAX = 100;

/** Rooms to join, or to create. */
export function openRooms() {
  /** @type {import("../irc/people.js").Listed[] | null} */
  let rooms = null;
  const list = h("ul", { class: "choices" });
  const input = h("input", {
    autofocus: true,
    "aria-label": t.filterRooms,
    placeholder: t.filterRooms,
    maxlength: 64,
  });
  const dialog = openDialog(t.addRoom, (close) => {
    const join = (/** @type {string} */ name) => (close(), void context.actions.join(name));
    const draw = () => {
      const wanted = input.value
        .trim()
        .replace(/^#/, "")
        .replace(/[\s,:]+/g, "-");
      const found = (rooms ?? []).filter(({ name, topic }) =>
        fold(`${name} ${topic}`).includes(fold(wanted)),
      );
      const isThere = (rooms ?? []).some(({ name }) => fold(name) === fold(`#${wanted}`));
      const choices = found.slice(0, SHOWN_MAX).map((room) => {
        const isIn = context.actions.conversation(room.name)?.joined;
        const about = [t.peopleCount(room.members), isIn && t.joined, room.topic].filter(Boolean).join(" · ");
        return choice(icon("hash"), room.name.replace(/^#/, ""), about, () => join(room.name));
      });
      const create =
        wanted && !isThere && rooms
          ? [choice(icon("plus"), t.createRoom(`#${wanted}`), t.roomNameHint, () => join(`#${wanted}`))]
          : [];
      const words = rooms ? (choices.length + create.length ? null : t.noRooms) : t.loading;
      fill(list, ...create, ...choices, words && h("li", { class: "hint" }, words));
    };
    input.addEventListener("input", draw);
    draw();
    void context.actions.rooms().then((all) => {
      rooms = all;
      if (dialog.open) draw();
    });
    return [choosing(input, list), list];
  });
}

/** Somebody to write to. */
export function openPerson() {
  openDialog(t.addPerson, (close) => {
    const input = h("input", {
      id: "person",
      autofocus: true,
      autocapitalize: "none",
      spellcheck: "false",
      maxlength: 32,
    });
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const name = input.value.trim().replace(/^@/, "");
      if (!name || /[\s,#:]/.test(name)) return;
      close();
      context.actions.open(name);
    };
    return [
      h(
        "form",
        { submit },
        h(
          "div",
          { class: "field" },
          h("label", { for: "person" }, t.personName),
          h("div", { class: "input" }, input),
        ),
        h("footer", {}, h("button", { type: "submit", class: "button primary" }, t.write)),
      ),
    ];
  });
}

/** Going to a conversation by its name. */
export function openSwitcher() {
  openDialog(t.switcher, (close) => {
    const list = h("ul", { class: "choices" });
    const input = h("input", { autofocus: true, "aria-label": t.switcher, placeholder: t.switcher });
    const draw = () => {
      const { conversations, presences } = context.store.state;
      const wanted = fold(input.value.trim());
      const found = Object.values(conversations).filter(({ key }) => key.includes(wanted));
      found.sort((a, b) => Number(b.unread > 0) - Number(a.unread > 0) || b.latest - a.latest);
      const choices = found.slice(0, SHOWN_MAX).map((it) => {
        const sign = it.isRoom ? icon("hash") : avatar(it.name, presences[it.key] ?? "offline");
        const about = it.unread > 0 ? t.unread(it.unread) : it.topic;
        return choice(sign, it.name.replace(/^#/, ""), about, () => (close(), context.actions.open(it.name)));
      });
      fill(list, ...(choices.length ? choices : [h("li", { class: "hint" }, t.nothingFound)]));
    };
    input.addEventListener("input", draw);
    draw();
    return [choosing(input, list), list];
  });
}

/**
 * A field above a list: Enter takes the first, arrows go into it.
 * @param {HTMLInputElement} input
 * @param {HTMLElement} list
 */
function choosing(input, list) {
  const buttons = () => [...list.querySelectorAll("button")];
  const move = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return;
    const all = buttons();
    const at = all.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    if (event.key === "Enter" && at < 0) all[0]?.click();
    else if (event.key === "ArrowDown") all[Math.min(at + 1, all.length - 1)]?.focus();
    else if (event.key === "ArrowUp") (all[at - 1] ?? input).focus();
    else return;
    event.preventDefault();
  };
  input.addEventListener("keydown", move);
  list.addEventListener("keydown", move);
  return h("div", { class: "input" }, input);
}

/**
 * @param {Element} sign
 * @param {string} name
 * @param {string} about
 * @param {() => void} click
 */
function choice(sign, name, about, click) {
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", click },
      sign,
      h("span", { class: "choice" }, h("bdi", {}, name), h("span", { class: "hint" }, about)),
    ),
  );
}

/** @param {string} room */
export function openTopic(room) {
  const topic = context.actions.conversation(room)?.topic ?? "";
  openDialog(`${t.topic} · ${room}`, (close) => {
    const input = h("textarea", { rows: 3, autofocus: true, "aria-label": t.topic, maxlength: 300 });
    input.value = topic;
    const save = (/** @type {Event} */ event) => {
      event.preventDefault();
      close();
      const now = input.value.replace(/\s+/g, " ").trim();
      if (now !== topic) void context.actions.order("TOPIC", [room, now]);
    };
    return [
      h(
        "form",
        { submit: save },
        input,
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

export function openSettings() {
  const { settings, me } = context.store.state;
  const { actions } = context;
  openDialog(
    t.settings,
    (close) => {
      const fault = h("p", { class: "fault", role: "alert" });
      const notify = check("notify", t.notifyMe, settings.notify, async (on) => {
        const isAllowed = !on || (await actions.alerts.permit());
        fault.textContent = isAllowed ? "" : t.notifyDenied;
        actions.set({ notify: on && isAllowed });
        return on && isAllowed;
      });
      const sound = check("sound", t.playSound, settings.sound, (on) => (actions.set({ sound: on }), on));
      const who = me.account ? t.signedInAs(me.account) : t.guestAs(me.nick);
      const keys = t.keyTable.flatMap(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)]);
      return [
        choices(t.theme, "theme", settings.theme, [
          ["system", t.system],
          ["light", t.light],
          ["dark", t.dark],
        ]),
        choices(
          t.language,
          "language",
          settings.language,
          [["system", t.system], ...Object.entries(LANGUAGES)],
          close,
        ),
        h("fieldset", {}, h("legend", {}, t.notifications), notify, sound, fault),
        me.account && h("fieldset", {}, h("legend", {}, t.yourAccount), accountLinks(close)),
        h("fieldset", { class: "keys" }, h("legend", {}, t.keys), h("dl", {}, ...keys)),
        h(
          "footer",
          {},
          h("span", { class: "hint" }, who),
          h(
            "button",
            { type: "button", class: "button danger", click: () => (close(), void actions.signOut()) },
            t.signOut,
          ),
        ),
      ];
    },
    "settings",
  );
}

/**
 * What there is to do about one's account.
 * @param {() => void} close
 */
function accountLinks(close) {
  const one = (/** @type {string} */ text, /** @type {() => void} */ then) =>
    h("button", { type: "button", class: "button", click: () => (close(), then()) }, text);
  return h(
    "div",
    { class: "radio-row" },
    one(t.devices, openDevices),
    one(t.changePassword, openPassword),
    one(t.secondFactor, () => void openSecondFactor()),
    h("a", { class: "button", href: "/api/me/export", download: "export.jsonl" }, t.exportAll),
  );
}

/**
 * @param {string} title
 * @param {"theme" | "language"} name
 * @param {string} chosen
 * @param {[string, string][]} all
 * @param {() => void} [after]
 */
function choices(title, name, chosen, all, after) {
  const radios = all.map(([value, text]) => {
    const id = `${name}-${value}`;
    const change = () => (context.actions.set({ [name]: value }), after?.());
    return h(
      "label",
      { for: id },
      h("input", { type: "radio", name, id, value, checked: value === chosen, change }),
      text,
    );
  });
  return h(
    "fieldset",
    { class: "radios" },
    h("legend", {}, title),
    h("div", { class: "radio-row" }, ...radios),
  );
}

/**
 * @param {string} id
 * @param {string} text
 * @param {boolean} isOn
 * @param {(on: boolean) => boolean | Promise<boolean>} change gives how it is then
 */
function check(id, text, isOn, change) {
  const box = h("input", { type: "checkbox", id, checked: isOn });
  box.addEventListener("change", async () => {
    box.checked = await change(box.checked);
  });
  return h("label", { class: "check", for: id }, box, text);
}
