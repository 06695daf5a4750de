/** The page: the way in, or the conversations. */

import { t } from "../texts/index.js";
import { fill, h } from "./dom.js";
import { Part, context } from "./part.js";
/** @typedef {import("../state/reducer.js").State} State */

const TOLD_MS = 7_000;

export class Root extends Part {
  #told = h("div", { class: "told", role: "status" });
  #stage = h("div", { class: "stage" });
  #view = "";

  build() {
    fill(this, this.#stage, this.#told);
  }

  /** @param {State} state */
  shown(state) {
    return [state.link.wasOnline, state.told, state.settings.language];
  }

  update() {
    const { link, settings } = this.state;
    const view = `${link.wasOnline ? "chat-main" : "chat-way-in"} ${settings.language}`;
    // What was open belongs to whoever was signed in.
    if (view !== this.#view && !link.wasOnline)
      document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
    if (view !== this.#view) fill(this.#stage, document.createElement(view.split(" ")[0]));
    this.#view = view;
    this.#tell();
  }

  #tell() {
    const { told } = this.state;
    const known = new Set(
      /** @type {HTMLElement[]} */ ([...this.#told.children]).map(({ dataset }) => dataset.id),
    );
    for (const { id, text, about } of told.filter(({ id }) => !known.has(String(id)))) {
      const isInvitation = about.startsWith("#") && !text.includes(" ");
      const words = isInvitation ? t.invitedTo(text, about) : text;
      const end = () => context.store.dispatch({ type: "heard-enough", id });
      const join =
        isInvitation &&
        h(
          "button",
          { type: "button", class: "button small", click: () => (void context.actions.join(about), end()) },
          t.join,
        );
      this.#told.append(h("div", { class: "told-one", "data-id": id }, h("span", {}, words), join));
      setTimeout(end, isInvitation ? 4 * TOLD_MS : TOLD_MS);
    }
    const ids = new Set(told.map(({ id }) => String(id)));
    for (const one of /** @type {HTMLElement[]} */ ([...this.#told.children]))
      if (!ids.has(one.dataset.id ?? "")) one.remove();
  }
}
