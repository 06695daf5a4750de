/**
 * Messages on their way: kept until the server has shown that they are stored. Never forgets one silently, and
 * never sends one twice that may have arrived.
 */

import { fold } from "./names.js";
/** @typedef {import("./events.js").Entry} Entry */

/**
 * @typedef {object} Outgoing
 * @property {number} local
 * @property {string} mark the id that it bears however often it is sent
 * @property {string} target
 * @property {string} text
 * @property {boolean} action
 * @property {string | undefined} replyTo
 * @property {number} at when it was written
 * @property {"waiting" | "sent" | "doubtful" | "failed"} stage
 * @property {string} [after] the last message that was known for sure to be before it
 * @property {string} [reason] why it failed
 */

export class Outbox {
  /** @type {Outgoing[]} in the order in which they were said */
  all = [];
  #next = 1;
  #nonce;

  /** @param {() => number} random */
  constructor(random) {
    this.#nonce = Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 24).toString(36)).join("");
  }

  /**
   * @param {Omit<Outgoing, "local" | "mark" | "stage">} said
   * @returns {Outgoing}
   */
  add(said) {
    const local = this.#next++;
    /** @type {Outgoing} */
    const outgoing = { ...said, local, mark: `${this.#nonce}-${local}`, stage: "waiting" };
    this.all.push(outgoing);
    return outgoing;
  }

  /**
   * @param {number} local
   * @returns {Outgoing | undefined}
   */
  find(local) {
    return this.all.find((one) => one.local === local);
  }

  /** @param {number} local */
  remove(local) {
    this.all = this.all.filter((one) => one.local !== local);
  }

  /**
   * It was heard, or found: it is stored.
   * @param {Entry} entry
   * @returns {number | undefined} its number
   */
  confirm(entry) {
    const found = entry.own && entry.mark ? this.all.find((one) => one.mark === entry.mark) : undefined;
    if (found) this.remove(found.local);
    return found?.local;
  }

  /**
   * A room has another name by now.
   * @param {string} from
   * @param {string} to
   */
  rename(from, to) {
    for (const one of this.all) if (fold(one.target) === fold(from)) one.target = to;
  }

  /** The connection is gone: what was sent may have arrived or not. */
  disconnect() {
    return this.#restage("sent", "doubtful");
  }

  /**
   * History shows that what is doubtful there did not arrive.
   * @param {string} target
   */
  retry(target) {
    return this.#restage("doubtful", "waiting", target);
  }

  /** @returns {Map<string, Outgoing>} the first that is doubtful for each target */
  doubtful() {
    const first = new Map();
    for (const one of this.all) {
      if (one.stage === "doubtful" && !first.has(fold(one.target))) first.set(fold(one.target), one);
    }
    return first;
  }

  /**
   * @param {Outgoing["stage"]} from
   * @param {Outgoing["stage"]} to
   * @param {string} [target]
   */
  #restage(from, to, target) {
    const changed = this.all.filter(
      (one) => one.stage === from && (target === undefined || fold(one.target) === fold(target)),
    );
    changed.forEach((one) => (one.stage = to));
    return changed;
  }
}
