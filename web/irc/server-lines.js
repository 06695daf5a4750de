/** Numbered lines: what the server says of itself, who is in a room, who is watched, and what it refuses. */

import { fold } from "./names.js";
import { REFUSALS } from "./requests.js";
/** @typedef {import("./message.js").Message} Message */
/** @typedef {import("./client.js").Event} Event */
/** @typedef {{nick: string, roles: string}} Member */

export class ServerLines {
  /** @type {Map<string, string>} what the server has said of itself (ISUPPORT) */
  tokens = new Map();
  /** @type {Map<string, Member[]>} lists that are not complete yet */
  #names = new Map();

  clear() {
    this.tokens.clear();
    this.#names.clear();
  }

  /**
   * @param {Message} message
   * @param {boolean} isAsked whether whoever asked for it is told
   * @returns {Event[]}
   */
  take({ command, params, tags }, isAsked) {
    const last = params.at(-1) ?? "";
    switch (command) {
      case "005":
        params.slice(1, -1).forEach((token) => this.#learn(token));
        return [];
      case "332":
        return [{ type: "topic", conversation: params[1] ?? "", topic: last }];
      case "353":
        this.#name(params[2] ?? "", last);
        return [];
      case "366":
        return this.#named(params[1] ?? "");
      case "730":
      case "731":
        return last
          .split(",")
          .filter(Boolean)
          .map((name) => ({
            type: "presence",
            nick: name.split("!")[0],
            presence: command === "730" ? "online" : "offline",
            watched: true,
          }));
      case "ERROR":
        return [{ type: "told", text: last, about: "" }];
      case "FAIL":
      case "WARN":
        return isAsked || tags.has("label") ? [] : [{ type: "told", text: last, about: "" }];
      default: {
        const isRefusal = REFUSALS.test(command) && !isAsked && !tags.has("label");
        return isRefusal ? [{ type: "told", text: last, about: "" }] : [];
      }
    }
  }

  /** @param {string} token */
  #learn(token) {
    const [name, ...value] = token.split("=");
    this.tokens.set(name, value.join("="));
  }

  /**
   * @param {string} room
   * @param {string} list
   */
  #name(room, list) {
    const members = this.#names.get(fold(room)) ?? [];
    for (const name of list.split(" ").filter(Boolean)) {
      const [, roles = "", nick = ""] = /^([~&@%+]*)(.*)$/.exec(name) ?? [];
      members.push({ nick: nick.split("!")[0], roles });
    }
    this.#names.set(fold(room), members);
  }

  /**
   * @param {string} room
   * @returns {Event[]}
   */
  #named(room) {
    const members = this.#names.get(fold(room));
    this.#names.delete(fold(room));
    return members ? [{ type: "members", conversation: room, members }] : [];
  }
}
