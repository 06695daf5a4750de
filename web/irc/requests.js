/** What was asked and not answered yet: a few at a time, each with an end. Source: IRCv3 labeled-response. */

/** @typedef {import("./batches.js").Item} Item */

/** An answer: the lines, in batches where the server made some. */
/** @typedef {{ok: boolean, items: Item[], code: string, text: string, isEnd: boolean}} Answer */

/** Requests under way at one time; the server reads them one after the other anyway. */
const REQUESTS_MAX = 4;
/** A request that is not answered is over. */
const REQUEST_MS = 30_000;
/** Answers that say no by their number. */
export const REFUSALS = /^(4\d\d|5\d\d|696|734)$/;
/** @type {Answer} */
const LOST = { ok: false, items: [], code: "LOST", text: "", isEnd: false };

export class Requests {
  #label = 0;
  /** @type {Map<string, (answer: Answer) => void>} */
  #asked = new Map();
  /** @type {(() => void)[]} */
  #queue = [];

  /** @param {import("./connection.js").Clock} clock */
  constructor(clock) {
    this.clock = clock;
  }

  /**
   * Asks as soon as there is room; the answer comes even if the connection breaks.
   * @param {(label: string) => boolean} send says whether there is a connection
   * @returns {Promise<Answer>}
   */
  ask(send) {
    return new Promise((resolve) => {
      const start = () => {
        const label = `r${++this.#label}`;
        const cancel = this.clock.after(REQUEST_MS, () => this.answer(label, LOST));
        this.#asked.set(label, (answer) => {
          cancel();
          this.#asked.delete(label);
          this.#queue.shift()?.();
          resolve(answer);
        });
        if (!send(label)) this.answer(label, LOST);
      };
      if (this.#asked.size < REQUESTS_MAX) start();
      else this.#queue.push(start);
    });
  }

  /**
   * @param {string | undefined} label
   * @param {Answer} answer
   * @returns {boolean} whether it was asked
   */
  answer(label, answer) {
    const done = this.#asked.get(label ?? "");
    done?.(answer);
    return !!done;
  }

  /** The connection is gone. */
  lose() {
    while (this.#asked.size) [...this.#asked.keys()].forEach((label) => this.answer(label, LOST));
  }
}

/**
 * @param {Item} item
 * @returns {Answer}
 */
export function answerOf(item) {
  const items = item.batch?.type === "labeled-response" ? item.batch.items : [item];
  const bad = items.find(
    ({ message }) => message && (message.command === "FAIL" || REFUSALS.test(message.command)),
  )?.message;
  const code = bad?.command === "FAIL" ? (bad.params[1] ?? "") : (bad?.command ?? "");
  const inner = items.find(({ batch }) => batch)?.batch;
  const isEnd = !!inner?.opening.tags.has("draft/chathistory-end");
  return { ok: !bad, items, code, text: bad?.params.at(-1) ?? "", isEnd };
}
