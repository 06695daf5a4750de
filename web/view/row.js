/** A row of the messages. */

import { dayName, fullTime, t, timeOf } from "../texts/index.js";
import { h, icon } from "./dom.js";
import { context } from "./part.js";
import { avatar, nickname } from "./person.js";
import { textOf } from "./text.js";
import { plain } from "../state/text.js";
/** @typedef {import("../state/rows.js").Row} Row */
/** @typedef {import("../state/rows.js").Shown} Shown */
/** @typedef {import("../irc/events.js").Entry} Entry */
/** @typedef {import("../state/conversation.js").Conversation} Conversation */

/**
 * @param {Row} row
 * @param {Conversation} it
 * @returns {HTMLElement}
 */
export function makeRow(row, it) {
  switch (row.kind) {
    case "day":
      return h("div", { class: "day", role: "separator" }, h("span", {}, dayName(row.at, Date.now())));
    case "new":
      return h("div", { class: "new-line", role: "separator" }, h("span", {}, t.newMessages));
    case "happened":
      return h("div", { class: "happened" }, stamp(row.entries[0].at), h("span", {}, happened(row.entries)));
    case "outgoing":
      return outgoing(row, it);
    default:
      return message(row.shown, it);
  }
}

/**
 * @param {Shown} shown
 * @param {Conversation} it
 */
function message(shown, it) {
  const { entry, head, gone, mention, edited } = shown;
  const isAction = entry.kind === "action";
  const classes = [
    "message",
    head && "head",
    mention && "mention",
    gone && "gone-message",
    `kind-${entry.kind}`,
  ];
  const body = gone ? h("div", { class: "text" }, t.deleted) : textOf(shown.text);
  if (isAction && !gone) body.prepend(nickname(entry.from), " ");
  const mark = edited && !gone && h("span", { class: "edited" }, ` (${t.edited})`);
  if (mark) (body.lastElementChild?.tagName === "PRE" ? body : body).append(mark);
  return h(
    "article",
    {
      class: classes.filter(Boolean).join(" "),
      tabindex: "-1",
      "aria-label": `${entry.from}, ${timeOf(entry.at)}`,
      "data-id": entry.id,
    },
    head && !isAction ? avatar(entry.from) : stamp(entry.at),
    h(
      "div",
      { class: "content" },
      shown.reply && reply(shown.reply, it),
      head &&
        !isAction &&
        h(
          "div",
          { class: "by" },
          nickname(entry.from),
          entry.bot && h("span", { class: "tag" }, t.bot),
          stamp(entry.at),
        ),
      body,
      shown.reactions.length > 0 && reactions(shown, it),
    ),
  );
}

/** @param {number} at */
function stamp(at) {
  return h("time", { datetime: new Date(at).toISOString(), title: fullTime(at) }, timeOf(at));
}

/**
 * @param {{id: string, from: string, text: string}} reply
 * @param {Conversation} it
 */
function reply({ id, from, text }, it) {
  const jump = () => context.actions.jump(it.name, id);
  const words = from
    ? [nickname(from), h("span", { dir: "auto" }, plain(text).replace(/\n/g, " "))]
    : [h("span", {}, t.earlierMessage)];
  return h(
    "button",
    { type: "button", class: "quote", tabindex: "-1", click: jump },
    icon("reply"),
    ...words,
  );
}

/**
 * @param {Shown} shown
 * @param {Conversation} it
 */
function reactions({ entry, reactions: all }, it) {
  const buttons = all.map(({ emoji, nicks, mine }) =>
    h(
      "button",
      {
        type: "button",
        class: "reaction",
        tabindex: "-1",
        "aria-pressed": String(mine),
        "aria-label": t.reactedWith(emoji, nicks),
        title: t.reactedWith(emoji, nicks),
        click: () => context.actions.react(it.name, entry.id, emoji, !mine),
      },
      h("span", {}, emoji),
      h("span", { class: "number" }, String(nicks.length)),
    ),
  );
  return h("div", { class: "reactions" }, ...buttons);
}

/**
 * @param {Extract<Row, {kind: "outgoing"}>} row
 * @param {Conversation} it
 */
function outgoing({ outgoing: one, head }, it) {
  const { nick } = context.store.state.me;
  const isFailed = one.stage === "failed";
  const isWaiting = one.stage === "waiting" || one.stage === "doubtful";
  const again = h(
    "button",
    { type: "button", class: "link", click: () => context.actions.retry(one.local) },
    t.sendAgain,
  );
  const forget = h(
    "button",
    { type: "button", class: "link", click: () => context.actions.forget(it.name, one.local) },
    t.discard,
  );
  const failed =
    isFailed &&
    h(
      "div",
      { class: "failed", role: "alert" },
      icon("warning"),
      `${t.notSent}: ${one.reason || t.unsure} `,
      again,
      " ",
      forget,
    );
  return h(
    "article",
    {
      class: ["message outgoing", head && "head", isFailed && "has-failed"].filter(Boolean).join(" "),
      tabindex: "-1",
      "aria-label": `${nick}, ${isWaiting ? t.waitingToSend : t.sending}`,
    },
    head ? avatar(nick) : h("span", {}),
    h(
      "div",
      { class: "content" },
      head && h("div", { class: "by" }, nickname(nick), h("time", {}, timeOf(one.at))),
      textOf(one.text),
      isWaiting && h("div", { class: "stage-hint" }, t.waitingToSend),
      failed,
    ),
  );
}

/**
 * What happened in a room, in words.
 * @param {Entry[]} entries
 */
function happened(entries) {
  const [first] = entries;
  switch (first.kind) {
    case "kick":
      return t.kicked(first.whom ?? "", first.from, first.text);
    case "topic":
      return t.topicSet(first.from, plain(first.text));
    case "mode":
      return modeWords(first);
    case "rename":
      return t.renamedTo(first.from, first.whom ?? "");
    default: {
      const of = (/** @type {string} */ kind) => [
        ...new Set(entries.filter((one) => one.kind === kind).map(({ from }) => from)),
      ];
      const [came, went] = [of("join"), of("part")];
      return [came.length && t.joinedRoom(came), went.length && t.leftRoom(went)].filter(Boolean).join(" · ");
    }
  }
}

/** @param {Entry} entry */
function modeWords({ from, text }) {
  const [mode, nick = "", ...others] = text.split(" ");
  return (!others.length && t.roleSet[mode]?.(from, nick)) || t.modeSet(from, text);
}
