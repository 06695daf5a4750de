/** What a line that begins with a slash asks for. */

import { t } from "./texts/index.js";

/**
 * @param {import("./actions.js").Actions} actions
 * @param {string} name where it was typed
 * @param {string} command
 * @param {string} rest
 */
export function runCommand(actions, name, command, rest) {
  const [first = "", ...others] = rest.split(/\s+/);
  const order = (/** @type {string} */ word, /** @type {string[]} */ ...params) =>
    void actions.order(word, params);
  switch (command.toLowerCase()) {
    case "join":
      return void actions.join(first);
    case "part":
    case "leave":
      return actions.leave(name);
    case "topic":
      return order("TOPIC", name, rest);
    case "msg":
    case "query":
      actions.open(first);
      if (others.length) actions.say(first, others.join(" "));
      return;
    case "nick":
      return order("NICK", first);
    case "away":
      return order("AWAY", ...(rest ? [rest] : []));
    case "invite":
      return order("INVITE", first, others[0] ?? name);
    case "kick":
      return order("KICK", name, first, others.join(" "));
    default:
      actions.tell(t.noCommand(`/${command}`));
  }
}
