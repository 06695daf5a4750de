/**
 * Lines that belong together, collected until the last is there. Source: IRCv3 batch.
 */

/** @typedef {import("./message.js").Message} Message */

/**
 * @typedef {object} Batch
 * @property {string} type
 * @property {string[]} params
 * @property {Message} opening
 * @property {Item[]} items
 */

/** @typedef {{message: Message, batch?: undefined} | {batch: Batch, message?: undefined}} Item */

/** A server that opens more is broken; what it says then is taken line by line. */
const OPEN_MAX = 100;
const ITEMS_MAX = 20_000;

export class Batches {
  /** @type {Map<string, Batch>} */
  #open = new Map();

  clear() {
    this.#open.clear();
  }

  /**
   * @param {Message} message
   * @returns {Item | null} what is complete now
   */
  take(message) {
    const parent = this.#open.get(message.tags.get("batch") ?? "");
    if (message.command === "BATCH") {
      const [reference = "", type = "", ...params] = message.params;
      const id = reference.slice(1);
      if (reference.startsWith("+")) {
        if (this.#open.size < OPEN_MAX) this.#open.set(id, { type, params, opening: message, items: [] });
        return null;
      }
      const batch = this.#open.get(id);
      if (!batch) return null;
      this.#open.delete(id);
      const outer = this.#open.get(batch.opening.tags.get("batch") ?? "");
      return put(outer, { batch });
    }
    return put(parent, { message });
  }
}

/**
 * @param {Batch | undefined} parent
 * @param {Item} item
 */
function put(parent, item) {
  if (!parent) return item;
  if (parent.items.length < ITEMS_MAX) parent.items.push(item);
  return null;
}
