/** What all parts of the page have in common: the state, the deeds, and that they follow the state. */

/** @typedef {import("../state/store.js").Store} Store */
/** @typedef {import("../actions.js").Actions} Actions */
/** @typedef {import("../state/reducer.js").State} State */

/** @type {{store: Store, actions: Actions}} */
export let context;

/** @param {{store: Store, actions: Actions}} given */
export function setContext(given) {
  context = given;
}

/** A custom element that is built once, and updated whenever what it shows has changed. */
export class Part extends HTMLElement {
  /** @type {unknown[]} */
  #before = [];
  #end = () => {};

  connectedCallback() {
    this.#before = [];
    this.build();
    this.refresh();
    this.#end = context.store.watch(() => this.refresh());
  }

  disconnectedCallback() {
    this.#end();
  }

  get state() {
    return context.store.state;
  }

  refresh() {
    const now = this.shown(this.state);
    if (this.#before.length === now.length && now.every((one, index) => one === this.#before[index])) return;
    this.#before = now;
    this.update();
  }

  /** Makes what is always there. */
  build() {}

  /**
   * What of the state is shown here; if none of it is another, nothing is done.
   * @param {State} state
   * @returns {unknown[]}
   */
  shown(state) {
    return [state];
  }

  /** Shows the state. */
  update() {}
}
