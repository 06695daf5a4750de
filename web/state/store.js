/** The state and those who watch it. One change after the other; who watches is told once for many. */

import { reduce } from "./reducer.js";
/** @typedef {import("./reducer.js").State} State */
/** @typedef {import("./reducer.js").Action} Action */

export class Store {
  /** @type {Set<() => void>} */
  #watchers = new Set();
  #isTold = false;

  /**
   * @param {State} state
   * @param {(then: () => void) => void} [later] when watchers are told
   * @param {() => number} [now]
   */
  constructor(state, later = queueMicrotask, now = Date.now) {
    this.state = state;
    this.later = later;
    this.now = now;
  }

  /** @param {Action} action */
  dispatch(action) {
    const state = reduce(this.state, action, this.now());
    if (state === this.state) return;
    this.state = state;
    if (this.#isTold) return;
    this.#isTold = true;
    this.later(() => {
      this.#isTold = false;
      this.#watchers.forEach((watcher) => watcher());
    });
  }

  /**
   * @param {() => void} watcher
   * @returns {() => void} what ends it
   */
  watch(watcher) {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}
